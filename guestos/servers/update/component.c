/* SPDX-License-Identifier: MIT
 *
 * Boot archive, loading, restarts.  The archive comes from the host and was
 * checked by the kernel; the images in it are parsed like any other.
 */
#include "component.h"

#include <stdio.h>
#include <string.h>

#include <lu/archive.h>
#include <lu/event.h>
#include <lu/log.h>

struct component components[MAX_COMPONENTS];
uint32_t n_components;

struct component *component_by_name(const char name[LU_NAME_MAX])
{
    for (uint32_t i = 0; i < n_components; i++)
        if (strncmp(components[i].name, name, LU_NAME_MAX) == 0)
            return &components[i];
    return NULL;
}

struct component *component_by_ep(lu_ep ep)
{
    for (uint32_t i = 0; i < n_components; i++)
        if (components[i].ep == ep && ep != LU_EP_NONE)
            return &components[i];
    return NULL;
}

static int wrong(char why[IMAGE_WHY_MAX], unsigned segment, const char *what, int ret)
{
    snprintf(why, IMAGE_WHY_MAX, "segment %u: %s: %s", segment, what, lu_strerror(ret));
    return ret;
}

int image_load(const struct image *image, lu_ep ep, char why[IMAGE_WHY_MAX])
{
    for (uint32_t i = 0; i < image->n_segments; i++) {
        const struct image_segment *s = &image->segments[i];
        int ret = sys_proc_map(ep, s->va, s->mem_size, s->prot);

        if (ret < 0)
            return wrong(why, i, "cannot be mapped", ret);
        if (s->file_size > 0)
            ret = sys_proc_write(ep, s->va + s->lead, image->data + s->offset, s->file_size);
        if (ret < 0)
            return wrong(why, i, "cannot be filled", ret);
    }
    return 0;
}

static void component_start(struct component *c, uint32_t start)
{
    char why[IMAGE_WHY_MAX] = "";
    int ret = image_load(&c->image, c->ep, why);

    if (ret == 0) {
        ret = sys_proc_start(c->ep, c->image.entry, start, c->image.build_id);
        if (ret < 0)
            snprintf(why, sizeof(why), "cannot be started: %s", lu_strerror(ret));
    }
    c->running = ret == 0;
    if (ret < 0)
        lu_log("%s: image: %s", c->name, why);
}

static void component_add(const struct lu_archive *a, const struct lu_archive_entry *e)
{
    struct component *c = &components[n_components++];
    bool self = strncmp(e->name, sys_whoami()->name, LU_NAME_MAX) == 0;
    char why[IMAGE_WHY_MAX];
    long ep = -LU_EFORMAT;

    *c = (struct component){.rights = e->rights};
    memcpy(c->name, e->name, LU_NAME_MAX);
    c->pinned = self || strcmp(c->name, "channel") == 0;
    if (image_parse((const uint8_t *)a + e->offset, e->size, &c->image, why) < 0)
        lu_log("%s: image: %s", c->name, why);
    else if (self)
        ep = sys_whoami()->ep;
    else
        ep = sys_proc_create(c->name, &c->rights);
    if (ep < 0)
        lu_log("%s: cannot be created: %s", c->name, lu_strerror((int)ep));
    c->ep = ep < 0 ? LU_EP_NONE : (lu_ep)ep;
    c->running = self;
}

int components_boot(void)
{
    const struct lu_archive *a;
    struct lu_map map = {0};
    int ret = sys_archive_map(&map);

    if (ret < 0)
        return ret;
    if (map.len < sizeof(*a))
        return -LU_EFORMAT;
    a = (const struct lu_archive *)(uintptr_t)map.va;
    for (uint32_t i = 0; i < a->n_entries && n_components < MAX_COMPONENTS; i++)
        if (a->entries[i].start)
            component_add(a, &a->entries[i]);
    for (uint32_t i = 0; i < n_components; i++)
        if (components[i].ep != LU_EP_NONE && !components[i].running)
            component_start(&components[i], LU_START_FRESH);
    return 0;
}

/* Notes a crash; true if there were too many of late. */
static bool crash_storm(struct component *c, uint64_t now)
{
    uint64_t *slot = &c->crashes[c->restarts % CRASHES_MAX];
    bool storm = c->restarts >= CRASHES_MAX && now - *slot < CRASH_WINDOW_NS;

    *slot = now;
    return storm;
}

void component_restart(struct component *c, uint64_t now)
{
    long ep;

    c->running = false;
    if (!c->rights.restart) {
        lu_log("%s: died, the manifest does not restart it", c->name);
        return;
    }
    if (crash_storm(c, now)) {
        lu_log("%s: crashed %u times in a row, given up", c->name, CRASHES_MAX + 1);
        return;
    }
    c->restarts++;
    ep = sys_proc_restart(c->ep);
    if (ep < 0) {
        lu_log("%s: cannot be restarted: %s", c->name, lu_strerror((int)ep));
        return;
    }
    c->ep = (lu_ep)ep;
    component_start(c, LU_START_RESTART);
}

void component_adopt(struct component *c, const struct image *image, struct region *owned)
{
    region_free(&c->owned);
    c->image = *image;
    c->owned = *owned;
    *owned = (struct region){0};
}
