/* SPDX-License-Identifier: MIT
 *
 * Reading the tables of a heap that may lie.
 */
#include "heap-view.h"

#include <string.h>

#define CHECK_CHUNK 256u

static int bad(struct st_err *err, const char *what, uint64_t where)
{
    return st_err_set(err, -LU_EFORMAT, NULL, "heap tables are corrupt: %s (%#llx)", what,
                      (unsigned long long)where);
}

int heap_view_open(struct heap_view *ret, const struct st_view *view, struct st_err *err)
{
    struct heap_view h = {.view = view, .base = view->heap_base ? view->heap_base : LU_VA_HEAP};
    uint64_t at = view->heap ? view->heap : LU_VA_HEAPMETA;

    if (view->read(view->ctx, at, &h.header, sizeof(h.header)) < 0) {
        memset(&h.header, 0, sizeof(h.header)); /* nothing was ever allocated */
        *ret = h;
        return 0;
    }
    if (h.header.magic != LU_HEAP_MAGIC)
        return bad(err, "magic", at);
    if (h.header.n_units > LU_HEAP_UNITS)
        return bad(err, "more units than the window has", h.header.n_units);
    *ret = h;
    return 0;
}

static int units_read(const struct heap_view *h, uint32_t unit, uint32_t *ret, uint32_t n,
                      struct st_err *err)
{
    if (unit >= h->header.n_units || n > h->header.n_units - unit)
        return bad(err, "unit beyond the table", unit);
    if (h->view->read(h->view->ctx, h->header.units + (uint64_t)unit * sizeof(*ret), ret,
                      n * sizeof(*ret)) < 0)
        return bad(err, "table of units is not readable", unit);
    return 0;
}

/* Record `index`, which has to describe a run of units that contains `unit`. */
static int record_read(const struct heap_view *h, uint32_t index, uint32_t unit,
                       struct lu_heap_span *ret, struct st_err *err)
{
    uint64_t first;

    if (index >= h->header.n_spans)
        return bad(err, "span beyond the table", index);
    if (h->view->read(h->view->ctx, h->header.spans + (uint64_t)index * sizeof(*ret), ret,
                      sizeof(*ret)) < 0)
        return bad(err, "table of spans is not readable", index);
    first = (ret->base - h->base) / LU_HEAP_UNIT;
    if (ret->base < h->base || (ret->base - h->base) % LU_HEAP_UNIT || first > unit ||
        unit - first >= ret->n_units || ret->n_units > h->header.n_units - first)
        return bad(err, "a unit's span lies elsewhere", h->base + (uint64_t)unit * LU_HEAP_UNIT);
    return 0;
}

static bool span_ok(const struct lu_heap_span *s)
{
    return s->stride >= 16 && s->n_objs && s->n_objs <= LU_HEAP_SPAN_OBJS &&
           (uint64_t)s->n_objs * s->stride <= (uint64_t)s->n_units * LU_HEAP_UNIT &&
           s->req <= s->stride;
}

/* What lies at `unit`: 1 = a span, 0 = a run of units that nobody uses (*ret_next follows it). */
static int run_read(const struct heap_view *h, uint32_t entry, uint32_t unit,
                    struct heap_view_span *ret, uint32_t *ret_next, struct st_err *err)
{
    uint32_t index = entry & ~LU_HEAP_FREE, first;
    struct lu_heap_span s;
    int r = record_read(h, index, unit, &s, err);

    if (r < 0)
        return r;
    first = (uint32_t)((s.base - h->base) / LU_HEAP_UNIT);
    *ret_next = first + s.n_units;
    if ((entry & LU_HEAP_FREE) || !s.n_objs)
        return 0;
    if (!span_ok(&s))
        return bad(err, "span", s.base);
    *ret = (struct heap_view_span){
        .addr = s.base,
        .site = s.site,
        .unit = first,
        .n_units = s.n_units,
        .n_objs = s.n_objs,
        .stride = s.stride,
        .req = s.req,
        .live = {s.live[0], s.live[1]},
        .index = index,
    };
    return 1;
}

int heap_view_span(const struct heap_view *h, uint32_t unit, struct heap_view_span *ret,
                   struct st_err *err)
{
    uint32_t entry, next;
    int r = units_read(h, unit, &entry, 1, err);

    return r < 0 || !entry ? r : run_read(h, entry, unit, ret, &next, err);
}

int heap_view_step(const struct heap_view *h, uint32_t *unit, struct heap_view_span *ret,
                   struct st_err *err)
{
    uint32_t entry;
    int r = units_read(h, *unit, &entry, 1, err);

    if (r < 0)
        return r;
    if (!entry)
        return bad(err, "a unit belongs to nothing", *unit);
    return run_read(h, entry, *unit, ret, unit, err);
}

int heap_view_next(const struct heap_view *h, uint32_t *unit, struct heap_view_span *ret,
                   struct st_err *err)
{
    int r = 0;

    while (r == 0 && *unit < h->header.n_units)
        r = heap_view_step(h, unit, ret, err);
    return r;
}

int heap_view_check_units(const struct heap_view *h, const struct heap_view_span *span,
                          struct st_err *err)
{
    uint32_t entries[CHECK_CHUNK];

    for (uint32_t at = 0, n; at < span->n_units; at += n) {
        int r;

        n = span->n_units - at < CHECK_CHUNK ? span->n_units - at : CHECK_CHUNK;
        r = units_read(h, span->unit + at, entries, n, err);
        if (r < 0)
            return r;
        for (uint32_t i = 0; i < n; i++)
            if (entries[i] != span->index)
                return bad(err, "a unit is not its span's", span->unit + at + i);
    }
    return 0;
}
