/* SPDX-License-Identifier: MIT
 *
 * See images.h.  Reading the images is the state engine's work.
 */
#include "images.h"

#include <errno.h>
#include <host/image.h>
#include <st/filter.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct look {
    const struct lu_scenario *s;
    const char *base_dir, *image_dir;
    struct lu_scn_diag *d;
};

static int found(char *path, size_t size, const char *dir, const char *name)
{
    if (name[0] == '/')
        snprintf(path, size, "%s", name);
    else
        snprintf(path, size, "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

static int find(const struct look *l, const struct lu_scn_component *c, char *path, size_t size)
{
    if (found(path, size, l->base_dir, c->image))
        return 0;
    if (c->image[0] != '/' && l->image_dir && found(path, size, l->image_dir, c->image))
        return 0;
    lu_scn_diag_at(l->d, l->s, &c->image_pos, "image '%s' is not there", c->image);
    if (c->image[0] == '/')
        return -EINVAL;
    if (l->image_dir)
        snprintf(l->d->expected, sizeof(l->d->expected), "a file in %s or in %s", l->base_dir,
                 l->image_dir);
    else
        snprintf(l->d->expected, sizeof(l->d->expected),
                 "a file in %s (no image directory was given)", l->base_dir);
    return -EINVAL;
}

static int check_image(const struct look *l, const struct lu_scn_component *c,
                       struct lu_scn_image *ret, const struct st_image *image)
{
    const struct st_desc *desc = st_image_desc(image);
    const uint8_t *id = st_image_build_id(image);

    if (!desc) {
        lu_scn_diag_at(l->d, l->s, &c->image_pos, "%s carries no state description", ret->path);
        snprintf(l->d->expected, sizeof(l->d->expected), "an image built by lucc");
        return -EINVAL;
    }
    if (strncmp(desc->header->component, c->name, LU_NAME_MAX)) {
        lu_scn_diag_at(l->d, l->s, &c->image_pos, "%s holds component '%.16s'", ret->path,
                       desc->header->component);
        snprintf(l->d->expected, sizeof(l->d->expected), "a version of '%s'", c->name);
        return -EINVAL;
    }
    for (size_t i = 0; i < LU_BUILD_ID_SIZE; i++)
        snprintf(ret->build_id + 2 * i, 3, "%02x", id[i]);
    return 0;
}

static int open_image(const struct look *l, const struct lu_scn_component *c,
                      struct lu_scn_image *ret)
{
    struct st_image *image = NULL;
    struct st_err serr = {0};
    int r;

    if (st_image_open(&image, ret->path, &serr) < 0) {
        lu_scn_diag_at(l->d, l->s, &c->image_pos, "%s: %s", ret->path, serr.text);
        return -EINVAL;
    }
    r = check_image(l, c, ret, image);
    st_image_close(image);
    return r;
}

/* Against the version that a new guest boots; a guest may run another one. */
static int check_filter(const struct look *l, const struct lu_scn_component *c,
                        struct lu_scn_image *ret)
{
    uint8_t code[LU_FILTER_MAX];
    struct st_image *image = NULL;
    struct st_err serr = {0};
    char path[1024];
    size_t len;
    int r = 0;

    if (!c->filter.len || !l->image_dir)
        return 0;
    snprintf(path, sizeof(path), "%s/%s.elf", l->image_dir, c->name);
    if (st_image_open(&image, path, &serr) < 0)
        return 0;
    if (st_image_desc(image)) {
        r = st_filter_compile(st_image_desc(image), c->filter.text, code, &len, &serr);
        ret->filter_checked = 1;
    }
    if (r < 0)
        lu_scn_diag_in_text(l->d, l->s, &c->filter, serr.offset, "state filter: %s", serr.text);
    st_image_close(image);
    return r < 0 ? -EINVAL : 0;
}

int lu_scenario_check_images(const struct lu_scenario *s, const char *base_dir,
                             const char *image_dir, struct lu_scn_image *ret,
                             struct lu_scn_diag *ret_diag)
{
    struct look l = {s, base_dir, image_dir, ret_diag};

    memset(ret, 0, s->n_components * sizeof(*ret));
    for (size_t i = 0; i < s->n_components; i++) {
        const struct lu_scn_component *c = &s->components[i];
        int r = find(&l, c, ret[i].path, sizeof(ret[i].path));

        if (!r)
            r = open_image(&l, c, &ret[i]);
        if (!r)
            r = check_filter(&l, c, &ret[i]);
        if (r < 0)
            return r;
    }
    return 0;
}
