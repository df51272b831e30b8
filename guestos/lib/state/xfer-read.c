/* SPDX-License-Identifier: MIT
 *
 * Reading the old version: a direct-mapped cache of pages over the view, and the
 * spans of its heap.
 */
#include "xfer-core.h"

static uint8_t *cached_page(struct st_xfer *x, uint64_t page)
{
    unsigned slot = (unsigned)(page / LU_PAGE_SIZE) % XFER_CACHE_PAGES;

    if (x->cache[slot].page == page + 1)
        return x->cache[slot].data;
    x->cache[slot].page = 0;
    if (x->view->read(x->view->ctx, page, x->cache[slot].data, LU_PAGE_SIZE) < 0)
        return NULL;
    x->cache[slot].page = page + 1;
    return x->cache[slot].data;
}

int xfer_read(struct st_xfer *x, uint64_t addr, void *buf, size_t len)
{
    uint64_t page = addr & ~(uint64_t)(LU_PAGE_SIZE - 1);
    uint8_t *data;

    if (len <= LU_PAGE_SIZE - (addr - page)) {
        data = cached_page(x, page);
        if (data) {
            memcpy(buf, data + (addr - page), len);
            return 0;
        }
    }
    if (addr + len < addr || x->view->read(x->view->ctx, addr, buf, len) < 0)
        return xfer_fail(x, -LU_EFAULT, "the old version's memory at %#llx is not readable",
                         (unsigned long long)addr);
    return 0;
}

int xfer_word(struct st_xfer *x, uint64_t addr, unsigned size, uint64_t *ret)
{
    uint64_t v = 0;
    int r = xfer_read(x, addr, &v, size);

    if (r == 0)
        *ret = v;
    return r;
}

int xfer_is_zero(struct st_xfer *x, uint64_t addr, uint64_t len, bool *ret)
{
    uint8_t buf[256];

    *ret = true;
    while (len) {
        size_t n = len < sizeof(buf) ? len : sizeof(buf);
        int r = xfer_read(x, addr, buf, n);

        if (r < 0)
            return r;
        for (size_t i = 0; i < n; i++)
            if (buf[i])
                *ret = false;
        if (!*ret)
            return 0;
        addr += n;
        len -= n;
    }
    return 0;
}

/* --- spans --- */

/* Offset of the flexible array at the end of a type, and the array's type; 0 if none. */
static uint32_t flexible_tail(const struct st_desc *d, uint32_t type, uint64_t *ret_offset)
{
    uint64_t offset = 0;

    for (unsigned depth = 0; depth <= ST_MAX_NEST; depth++) {
        const struct lu_type *t = &d->types[type];
        const struct lu_member *last;

        if (t->kind == LU_T_ARRAY && !t->count && depth) {
            *ret_offset = offset;
            return type;
        }
        if (t->kind != LU_T_STRUCT || !t->count)
            return 0;
        last = &d->members[t->first + t->count - 1];
        offset += last->bit_offset / 8;
        type = last->type;
    }
    return 0;
}

static bool shape_flexible(struct st_xfer *x, struct xfer_span *s, uint32_t new_type)
{
    const struct st_desc *a = x->plan->old, *b = x->plan->new;
    uint64_t old_off, new_off, k;
    uint32_t old_array = flexible_tail(a, s->old_type, &old_off);
    uint32_t new_array = flexible_tail(b, new_type, &new_off);
    uint64_t old_es, new_es;

    if (!old_array || !new_array)
        return false;
    old_es = a->types[a->types[old_array].ref].size;
    new_es = b->types[b->types[new_array].ref].size;
    if (!old_es || !new_es || s->old_size < old_off)
        return false;
    k = (s->old_size - old_off) / old_es;
    s->flags |= SPAN_FLEXIBLE;
    s->new_size = new_off + k * new_es;
    if (s->new_size < b->types[new_type].size)
        s->new_size = b->types[new_type].size;
    s->old_head = s->old_size;
    s->new_head = s->new_size;
    return true;
}

/* How big the span's objects become, and which part of them is typed. */
static void span_shape(struct st_xfer *x, struct xfer_span *s, const struct lu_site *site)
{
    const struct plan_pair *pair = &x->plan->pairs[s->pair];
    uint64_t ts = x->plan->old->types[pair->old_type].size;
    uint64_t tn = x->plan->new->types[pair->new_type].size;

    s->count = 1;
    s->old_head = ts;
    s->new_head = tn;
    if (!shape_flexible(x, s, pair->new_type)) {
        if (site->flags & LU_A_ARRAY) {
            s->flags |= SPAN_ARRAY;
            s->count = s->old_size / ts;
            s->old_head = s->count * ts;
            s->new_head = s->count * tn;
            s->new_size = s->new_head;
        } else {
            s->new_size = tn + (s->old_size - ts);
            if (s->old_size > ts)
                s->flags |= site->flags & LU_A_TAIL ? SPAN_TAIL : 0;
        }
    }
    if ((pair->flags & PAIR_COPY) && s->new_size >= s->old_head && ts == tn)
        s->flags |= SPAN_COPY;
}

/* Over-aligned types: places of a power-of-two size lie at multiples of it. */
void xfer_span_align(const struct st_xfer *x, struct xfer_span *s)
{
    uint16_t align = x->plan->new->types[x->plan->pairs[s->pair].new_type].align;
    uint64_t size = align;

    if (align <= 16)
        return;
    while (size <= s->new_size)
        size *= 2;
    s->new_size = size - 1;
}

static void span_setup(struct st_xfer *x, struct xfer_span *s)
{
    const struct lu_site *site = s->v.site ? st_desc_site_at(x->plan->old, s->v.site) : NULL;
    const struct plan_site *to = site ? &x->plan->sites[site - x->plan->old->sites] : NULL;
    uint64_t type_size = site ? x->plan->old->types[site->type].size : 0;

    s->old_size = heap_view_size(&s->v);
    s->new_size = s->old_size;
    s->count = 1;
    s->cell = to ? to->new_cell : 0;
    if (!site || !site->type || !type_size || s->old_size < type_size)
        return;
    s->old_type = site->type;
    s->flags |= SPAN_TYPED;
    s->pair = to->pair; /* 0: the type is gone, an error if an object is reached */
    s->old_head = type_size;
    if (!s->pair)
        return;
    span_shape(x, s, site);
    xfer_span_align(x, s);
}

static int span_add(struct st_xfer *x, const struct heap_view_span *v, struct xfer_span **ret)
{
    struct xfer_span **grown =
        st_mem_grow(x->args->mem, x->spans, x->n_spans, &x->cap_spans, sizeof(struct xfer_span *));
    struct xfer_span *s;

    if (!grown)
        return xfer_fail(x, -LU_ENOMEM, "no memory to trace the old heap");
    x->spans = grown;
    s = st_mem_array(x->args->mem, 1, sizeof(*s));
    if (!s)
        return xfer_fail(x, -LU_ENOMEM, "no memory to trace the old heap");
    x->spans[x->n_spans++] = s;
    s->v = *v;
    s->base = s;
    span_setup(x, s);
    s->moved = st_mem_array(x->args->mem, v->n_objs, sizeof(*s->moved));
    if (!s->moved)
        return xfer_fail(x, -LU_ENOMEM, "no memory to trace the old heap");
    for (uint32_t i = 0; i < v->n_units; i++)
        x->span_of_unit[v->unit + i] = x->n_spans;
    *ret = s;
    return 0;
}

int xfer_span_at(struct st_xfer *x, uint64_t addr, struct xfer_span **ret)
{
    uint64_t unit = (addr - x->heap.base) / LU_HEAP_UNIT;
    struct heap_view_span v;
    int r;

    *ret = NULL;
    if (addr < x->heap.base || unit >= x->heap.header.n_units || x->span_of_unit[unit] == ~0u)
        return 0;
    if (x->span_of_unit[unit]) {
        *ret = x->spans[x->span_of_unit[unit] - 1];
        return 0;
    }
    r = heap_view_span(&x->heap, (uint32_t)unit, &v, x->err);
    if (r < 0)
        return r;
    if (r == 0) {
        x->span_of_unit[unit] = ~0u;
        return 0;
    }
    for (uint32_t i = 0; i < v.n_units; i++)
        if (x->span_of_unit[v.unit + i])
            return xfer_fail(x, -LU_EFORMAT, "heap tables are corrupt: spans overlap (%#llx)",
                             (unsigned long long)v.addr);
    return span_add(x, &v, ret);
}
