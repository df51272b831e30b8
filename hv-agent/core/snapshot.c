/* SPDX-License-Identifier: MIT
 *
 * Taking: a first copy of RAM while the guest runs, then pause, device state,
 * what changed, resume.  Restoring tells the guest, so that its clock and
 * random numbers do not repeat.
 */
#include "snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "introspect.h"
#include "talk.h"

#define TAG_SIZE (HVA_SNAPSHOT_NAME_MAX + 8)

static int ram_path(struct hva_guest *g, const char *name, char *path, size_t size,
                    struct lu_err *err)
{
    return hva_path(path, size, err, "%s/snap-%s.ram", g->dir, name);
}

static void tag_of(const char *name, char *tag)
{
    snprintf(tag, TAG_SIZE, "user-%s", name);
}

/* The journal's entry, or NULL. */
static json_t *find(struct hva_guest *g, const char *name, struct lu_err *err)
{
    json_t *list, *item, *found = NULL;
    size_t i;

    if (hva_journal_snapshots(g->site->journal, g->spec.name, &list, err) < 0)
        return NULL;
    json_array_foreach(list, i,
                       item) if (!strcmp(json_string_value(json_object_get(item, "name")), name))
        found = json_incref(json_object_get(item, "info"));
    json_decref(list);
    if (!found)
        lu_err_set(err, -ENOENT, "guest %s has no snapshot '%s'", g->spec.name, name);
    return found;
}

static void add_component(void *arg, const struct lu_inspect_slot *slot)
{
    char name[LU_NAME_MAX + 1], hex[2 * LU_BUILD_ID_SIZE + 1];

    hva_text_copy(name, sizeof(name), slot->name, LU_NAME_MAX, false);
    hva_hex(slot->build_id, LU_BUILD_ID_SIZE, hex);
    json_array_append_new(arg, json_pack("{s:s, s:s}", "name", name, "build_id", hex));
}

static json_t *components(struct hva_guest *g)
{
    json_t *list = json_array();
    struct lu_inspect block;

    if (hva_inspect_read(&g->ram, &block, NULL) == 0)
        hva_inspect_slots(&g->ram, &block, add_component, list, NULL);
    return list;
}

/* What was seen while the guest stood. */
struct frozen {
    json_t *components;
    uint64_t taken_ns;
    double pause_ms;
};

static int freeze(struct hva_guest *g, const char *tag, struct hva_ram_copy *copy,
                  struct frozen *ret, struct lu_err *err)
{
    const struct hva_backend_ops *ops = g->site->ops;
    uint64_t start = hva_now_ns();
    int r = ops->vm_pause(g->vm, err), r2;

    if (r < 0)
        return r;
    ret->taken_ns = hva_now_ns();
    r = ops->vm_save(g->vm, tag, err);
    if (r == 0)
        r = hva_ram_copy_take(copy, &g->ram, err);
    if (r == 0)
        ret->components = components(g);
    r2 = ops->vm_resume(g->vm, r < 0 ? NULL : err);
    ret->pause_ms = hva_ms_since(start);
    g->last_heard_ns = hva_now_ns();
    return r < 0 ? r : r2;
}

static int record(struct hva_guest *g, const char *name, const char *path,
                  const struct frozen *frozen, json_t **ret, struct lu_err *err)
{
    struct stat st = {0};
    char taken[32];
    json_t *info;
    int r;

    stat(path, &st);
    hva_iso_time(hva_wall_ns(), taken, sizeof(taken));
    info =
        json_pack("{s:s, s:I, s:I, s:O}", "taken", taken, "bytes", (json_int_t)st.st_blocks * 512,
                  "taken_ns", (json_int_t)frozen->taken_ns, "components", frozen->components);
    r = hva_journal_snapshot_add(g->site->journal, g->spec.name, name, info, err);
    json_decref(info);
    if (r == 0)
        *ret = json_pack("{s:s, s:f, s:I}", "name", name, "pause_ms", frozen->pause_ms, "bytes",
                         (json_int_t)st.st_blocks * 512);
    return r;
}

int hva_snapshot_take(struct hva_guest *g, const char *name, json_t **ret, struct lu_err *err)
{
    char path[HVA_PATH_MAX], tag[TAG_SIZE];
    json_t *known = find(g, name, NULL);
    struct hva_ram_copy copy = {0};
    struct frozen frozen = {0};
    int r;

    if (known) {
        json_decref(known);
        return lu_err_set(err, -EEXIST, "guest %s has a snapshot '%s' already", g->spec.name, name);
    }
    r = ram_path(g, name, path, sizeof(path), err);
    if (r < 0)
        return r;
    unlink(path);
    tag_of(name, tag);
    r = hva_ram_copy_open(path, g->ram.size, &copy, err);
    if (r == 0)
        r = hva_ram_copy_take(&copy, &g->ram, err);
    if (r == 0)
        r = freeze(g, tag, &copy, &frozen, err);
    hva_ram_copy_close(&copy);
    if (r == 0)
        r = record(g, name, path, &frozen, ret, err);
    json_decref(frozen.components);
    if (r < 0) {
        unlink(path);
        g->site->ops->vm_drop(g->vm, tag, NULL);
    }
    return r;
}

int hva_snapshot_put_back(struct hva_guest *g, const char *tag, const struct hva_ram_copy *copy,
                          uint64_t *ret_pages, struct lu_err *err)
{
    uint64_t pages = hva_ram_copy_apply(copy, &g->ram);
    int r = g->site->ops->vm_load(g->vm, tag, err);

    if (r < 0)
        return r;
    hva_ram_copy_apply(copy, &g->ram);
    *ret_pages = pages;
    return 0;
}

/* What putting a snapshot back came to. */
struct thawed {
    uint64_t pages;
    double pause_ms;
};

static int put_back(struct hva_guest *g, const char *tag, const struct hva_ram_copy *copy,
                    struct thawed *ret, struct lu_err *err)
{
    const struct hva_backend_ops *ops = g->site->ops;
    uint64_t start = hva_now_ns();
    int r = ops->vm_pause(g->vm, err), r2;

    if (r < 0)
        return r;
    r = hva_snapshot_put_back(g, tag, copy, &ret->pages, err);
    hva_link_new_epoch(&g->link);
    r2 = ops->vm_resume(g->vm, r < 0 ? NULL : err);
    ret->pause_ms = hva_ms_since(start);
    g->resets = ops->vm_resets(g->vm);
    g->last_heard_ns = hva_now_ns();
    return r < 0 ? r : r2;
}

/* While memory may be half old, half new the journal says so: a new agent restores once more. */
static int mark_restoring(struct hva_guest *g, const char *name, json_t *info, bool restoring,
                          struct lu_err *err)
{
    json_object_set_new(info, "restoring", json_boolean(restoring));
    return hva_journal_snapshot_set(g->site->journal, g->spec.name, name, info, err);
}

static int restore(struct hva_guest *g, const char *name, json_t *info,
                   const struct hva_ram_copy *copy, struct thawed *ret, struct lu_err *err)
{
    char tag[TAG_SIZE];
    int r = mark_restoring(g, name, info, true, err), r2;

    if (r < 0)
        return r;
    tag_of(name, tag);
    r = put_back(g, tag, copy, ret, err);
    r2 = mark_restoring(g, name, info, false, r < 0 ? NULL : err);
    return r < 0 ? r : r2;
}

int hva_snapshot_restore(struct hva_guest *g, const char *name, json_t **ret, struct lu_err *err)
{
    json_t *info = find(g, name, err);
    struct hva_ram_copy copy = {0};
    struct thawed thawed = {0};
    char path[HVA_PATH_MAX];
    uint64_t taken_ns;
    int r;

    if (!info)
        return -ENOENT;
    taken_ns = (uint64_t)json_integer_value(json_object_get(info, "taken_ns"));
    r = ram_path(g, name, path, sizeof(path), err);
    if (r == 0 && access(path, R_OK) < 0)
        r = lu_err_errno(err, -errno, "memory of snapshot '%s'", name);
    if (r == 0)
        r = hva_ram_copy_open(path, g->ram.size, &copy, err);
    if (r == 0)
        r = restore(g, name, info, &copy, &thawed, err);
    hva_ram_copy_close(&copy);
    json_decref(info);
    if (r == 0)
        r = hva_talk_restored(g, 0, taken_ns, err);
    if (r < 0)
        return lu_err_wrap(err, r, "restoring snapshot '%s'", name);
    hva_talk_status(g, false, 5000, NULL);
    *ret = json_pack("{s:s, s:f, s:I}", "name", name, "pause_ms", thawed.pause_ms, "pages",
                     (json_int_t)thawed.pages);
    return 0;
}

/* Name of the snapshot that a dead agent was restoring; "" when there is none. */
static void half_restored(struct hva_guest *g, char *name, size_t size)
{
    json_t *list, *item;
    size_t i;

    name[0] = '\0';
    if (hva_journal_snapshots(g->site->journal, g->spec.name, &list, NULL) < 0)
        return;
    json_array_foreach(list, i, item)
    {
        if (json_is_true(json_object_get(json_object_get(item, "info"), "restoring")))
            snprintf(name, size, "%s", json_string_value(json_object_get(item, "name")));
    }
    json_decref(list);
}

void hva_snapshot_finish(struct hva_guest *g)
{
    char name[HVA_SNAPSHOT_NAME_MAX + 1];
    struct lu_err err = {0};
    json_t *result = NULL;
    int r;

    half_restored(g, name, sizeof(name));
    if (name[0]) {
        hva_info(g->link.area, "snapshot '%s' was being restored when the agent ended", name);
        r = hva_snapshot_restore(g, name, &result, &err);
    } else {
        r = g->site->ops->vm_resume(g->vm, &err);
    }
    json_decref(result);
    if (r < 0)
        hva_warn(g->link.area, "%s", err.text);
}

int hva_snapshot_drop(struct hva_guest *g, const char *name, json_t **ret, struct lu_err *err)
{
    json_t *info = find(g, name, err);
    char path[HVA_PATH_MAX], tag[TAG_SIZE];
    int r;

    if (!info)
        return -ENOENT;
    json_decref(info);
    tag_of(name, tag);
    r = g->site->ops->vm_drop(g->vm, tag, err);
    if (r == 0)
        r = ram_path(g, name, path, sizeof(path), err);
    if (r == 0)
        r = hva_journal_snapshot_drop(g->site->journal, g->spec.name, name, err);
    if (r < 0)
        return r;
    unlink(path);
    *ret = json_pack("{s:s}", "name", name);
    return 0;
}

int hva_snapshot_list(struct hva_journal *j, const char *guest, json_t **ret, struct lu_err *err)
{
    json_t *list, *item, *out = json_array();
    size_t i;
    int r = hva_journal_snapshots(j, guest, &list, err);

    if (r < 0) {
        json_decref(out);
        return r;
    }
    json_array_foreach(list, i, item)
    {
        json_t *info = json_object_get(item, "info");

        json_array_append_new(
            out, json_pack("{s:O, s:O, s:O, s:O}", "name", json_object_get(item, "name"), "taken",
                           json_object_get(info, "taken"), "bytes", json_object_get(info, "bytes"),
                           "components", json_object_get(info, "components")));
    }
    json_decref(list);
    *ret = json_pack("{s:o}", "snapshots", out);
    return 0;
}
