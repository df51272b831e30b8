/* SPDX-License-Identifier: MIT
 *
 * The transfer handlers of an image, read from where the linker put their table.  The
 * host cannot call them; a plan needs to know what they are for.
 */
#include "image.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX 128u
#define HANDLERS_MAX 256u

struct table {
    struct st_handler handlers[HANDLERS_MAX + 1];
    char names[HANDLERS_MAX][NAME_MAX];
};

static int bad(struct st_err *err, const char *what)
{
    return st_err_set(err, -LU_EFORMAT, "lu_transfer_handlers", "%s", what);
}

/* Byte by byte: nothing says how much of the image lies behind it. */
static int name_read(const struct st_image *image, uint64_t addr, char name[NAME_MAX],
                     struct st_err *err)
{
    for (uint32_t i = 0; i < NAME_MAX; i++) {
        if (st_image_read(image, addr + i, &name[i], 1) < 0)
            return bad(err, "a handler's name lies outside the image");
        if (!name[i])
            return i ? 0 : bad(err, "a handler has an empty name");
    }
    return bad(err, "a handler's name has no end");
}

static int handler_read(const struct st_image *image, uint64_t addr, struct table *t, uint32_t i,
                        struct st_err *err)
{
    struct st_handler *h = &t->handlers[i];
    uint64_t name;
    int ret;

    if (st_image_read(image, addr, h, sizeof(*h)) < 0)
        return bad(err, "the table lies outside the image");
    memcpy(&name, &h->name, sizeof(name)); /* an address in the image */
    h->name = t->names[i];
    h->convert = NULL;
    if (!h->kind)
        return 0;
    if (h->kind != ST_HANDLER_TYPE && h->kind != ST_HANDLER_GLOBAL)
        return bad(err, "a handler of unknown kind");
    ret = name_read(image, name, t->names[i], err);
    return ret < 0 ? ret : 1;
}

static int table_read(const struct st_image *image, const struct lu_global *g, struct table *t,
                      struct st_err *err)
{
    uint64_t n = g->size / sizeof(struct st_handler);
    int ret = 1;

    for (uint32_t i = 0; ret > 0; i++) {
        if (i == n || i > HANDLERS_MAX)
            return bad(err, "the table has no end");
        ret = handler_read(image, g->addr + i * sizeof(struct st_handler), t, i, err);
    }
    return ret;
}

int st_image_handlers(const struct st_image *image, struct st_handler **ret, struct st_err *err)
{
    const struct st_desc *d = st_image_desc(image);
    const struct lu_global *g = d ? st_desc_global(d, "lu_transfer_handlers", NULL, NULL) : NULL;
    struct table *t = g ? calloc(1, sizeof(*t)) : NULL;
    int r;

    if (!g) {
        *ret = NULL;
        return 0;
    }
    if (!t)
        return st_err_set(err, -LU_ENOMEM, NULL, "out of memory");
    r = table_read(image, g, t, err);
    if (r < 0) {
        free(t);
        return r;
    }
    *ret = t->handlers;
    return 0;
}
