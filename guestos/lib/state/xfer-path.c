/* SPDX-License-Identifier: MIT
 *
 * Paths of old objects for messages: from a heap object back over the pointers
 * that first led to it, to a global.
 */
#include "text.h"
#include "xfer-core.h"

#include <stdarg.h>
#include <stdio.h>

#undef xfer_fail /* as the analyzer has it */

#define PATH_HOPS 100000u /* of a long list; the rest is cut */

/* Where in its own object an address is: ".x", "[3].x", "+8". */
static void path_inside(struct st_xfer *x, const struct place *p, uint64_t addr, uint32_t to,
                        char *buf, size_t size)
{
    const struct xfer_span *s = p->span;
    uint64_t offset = addr - p->base, type_size;

    buf[0] = '\0';
    type_size = s->flags & SPAN_TYPED ? x->plan->old->types[s->old_type].size : 0;
    if (!type_size || (offset >= s->old_head && s->old_head)) {
        st_text_add(buf, size, "+%llu", (unsigned long long)offset);
        return;
    }
    if ((s->flags & SPAN_ARRAY) && s->count > 1)
        st_text_add(buf, size, "[%llu]", (unsigned long long)(offset / type_size));
    if (s->flags & SPAN_ARRAY)
        offset %= type_size;
    st_type_path(x->plan->old, s->old_type, offset, to, buf, size);
}

/* ".x" behind a pointer is "->x". */
static void path_prepend(char *buf, size_t size, const char *step, uint64_t times)
{
    char text[ST_PATH_MAX + 32];
    bool dot = step[0] == '.';

    snprintf(text, sizeof(text), "%s%s", dot ? "->" : "", dot ? step + 1 : step);
    if (times > 2)
        st_text_add(text, sizeof(text), "{%llu}", (unsigned long long)times);
    for (uint64_t i = 0; i < (times > 2 ? 1 : times); i++)
        st_text_prepend(buf, size, text);
}

static void path_field(const char *field, char *buf, size_t size)
{
    if (field)
        st_text_add(buf, size, ".%s", field);
}

static void path_static(struct st_xfer *x, uint64_t addr, uint32_t to, const char *field, char *buf,
                        size_t size)
{
    char step[ST_PATH_MAX] = "";
    const struct st_desc *d = x->plan->old;
    struct place p;

    if (xfer_place(x, addr, &p) == 0 && p.kind == PLACE_GLOBAL) {
        const struct lu_global *g = &d->globals[p.index];
        const char *scope = st_desc_string(d, g->scope);

        st_text_add(step, sizeof(step), "%s%s%s", scope, *scope ? ":" : "",
                    st_desc_string(d, g->name));
        st_type_path(d, g->type, addr - g->addr, to, step, sizeof(step));
    } else {
        st_desc_path(d, addr, step, sizeof(step));
    }
    path_field(field, step, sizeof(step));
    st_text_prepend(buf, size, step);
}

void xfer_path(struct st_xfer *x, uint64_t addr, uint32_t to, const char *field, char *buf,
               size_t size)
{
    char step[ST_PATH_MAX], last[ST_PATH_MAX] = "";
    uint64_t times = 0;
    struct place p;

    buf[0] = '\0';
    for (unsigned hops = 0; hops < PATH_HOPS; hops++) {
        if (!addr || xfer_place(x, addr, &p) < 0 || p.kind != PLACE_HEAP)
            break;
        path_inside(x, &p, addr, to, step, sizeof(step));
        path_field(field, step, sizeof(step));
        field = NULL;
        to = ST_PATH_LEAF; /* the rest are pointers */
        if (times && strcmp(step, last) != 0) {
            path_prepend(buf, size, last, times);
            times = 0;
        }
        strcpy(last, step);
        times++;
        addr = p.span->moved[p.index].from;
    }
    if (times)
        path_prepend(buf, size, last, times);
    if (addr)
        path_static(x, addr, to, field, buf, size);
}

void xfer_at(struct st_xfer *x, uint64_t addr, uint32_t type, const char *field)
{
    x->at = addr;
    x->at_type = type;
    x->at_field = field;
}

int xfer_fail(struct st_xfer *x, int code, const char *fmt, ...)
{
    char text[ST_TEXT_MAX], path[ST_PATH_MAX] = "";
    struct st_err *err = x->err;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    x->err = NULL; /* finding the path must not overwrite the error */
    if (err && x->at && code != -LU_ENOMEM)
        xfer_path(x, x->at, x->at_type, x->at_field, path, sizeof(path));
    x->err = err;
    return st_err_set(err, code, path, "%s", text);
}
