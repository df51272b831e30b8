/* SPDX-License-Identifier: MIT
 *
 * Spans of the old heap: what its pages say of their objects, and what those become.
 */
#include "xfer-core.h"

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

/* A flexible array at the end at either side. */
static bool shape_flexible(struct st_xfer *x, struct xfer_span *s, uint32_t new_type)
{
    const struct st_desc *a = x->plan->old, *b = x->plan->new;
    uint64_t old_off, new_off, old_es, k = 0;
    uint32_t old_array = flexible_tail(a, s->old_type, &old_off);
    uint32_t new_array = flexible_tail(b, new_type, &new_off);

    if (!old_array)
        return false;
    old_es = a->types[a->types[old_array].ref].size;
    if (old_es && s->old_size > old_off)
        k = (s->old_size - old_off) / old_es;
    s->flags |= SPAN_FLEXIBLE;
    s->new_size = b->types[new_type].size;
    if (new_array && new_off + k * b->types[b->types[new_array].ref].size > s->new_size)
        s->new_size = new_off + k * b->types[b->types[new_array].ref].size;
    s->old_head = old_off + k * old_es;
    s->new_head = s->new_size;
    return true;
}

/* How big the span's objects become, and which part of them is typed.  What is behind that
 * part is kept as it is. */
static void span_shape(struct st_xfer *x, struct xfer_span *s)
{
    const struct plan_pair *pair = &x->plan->pairs[s->pair];
    uint64_t ts = x->plan->old->types[pair->old_type].size;
    uint64_t tn = x->plan->new->types[pair->new_type].size;

    s->flags &= SPAN_TYPED | SPAN_ARRAY | SPAN_TAIL;
    s->count = s->flags & SPAN_ARRAY ? s->old_size / ts : 1;
    s->old_head = s->count * ts;
    s->new_head = s->count * tn;
    if ((s->flags & SPAN_ARRAY) || !shape_flexible(x, s, pair->new_type))
        s->new_size = s->new_head + (s->old_size - s->old_head);
    if ((pair->flags & PAIR_COPY) && ts == tn) {
        s->flags |= SPAN_COPY;
        s->new_size = s->old_size;
    }
}

#define LARGE 16384u /* the heap gives objects from that size on pages of their own */

/* The alignment that objects may have been asked for with.  The heap takes a place of a power of
 * two for them, or pages. */
static uint64_t asked_align(const struct heap_view_span *v)
{
    bool pages = v->n_objs == 1 && v->addr % LU_PAGE_SIZE == 0 && v->req >= LU_PAGE_SIZE;

    if (v->req + 1 == v->stride && (v->stride & v->req) == 0)
        return v->stride < LU_PAGE_SIZE ? v->stride : LU_PAGE_SIZE;
    return pages ? LU_PAGE_SIZE : 0;
}

/* Over-aligned types and objects: places of a power-of-two size lie at multiples of it, up to a
 * page; large ones at pages. */
void xfer_span_align(const struct st_xfer *x, struct xfer_span *s)
{
    uint64_t align = x->plan->new->types[x->plan->pairs[s->pair].new_type].align;
    uint64_t asked = s->new_size < LARGE ? asked_align(&s->v) : 0, size;

    align = align > asked ? align : asked;
    if (align <= 16)
        return;
    size = align;
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
    if (!site || !site->type || !type_size)
        return;
    s->old_type = site->type;
    s->pair = to->pair; /* 0: the type is gone, an error if an object is reached */
    s->flags = s->old_size < type_size ? SPAN_SHORT : SPAN_TYPED;
    s->flags |= site->flags & LU_A_ARRAY ? SPAN_ARRAY : 0;
    s->flags |= !(site->flags & LU_A_ARRAY) && (site->flags & LU_A_TAIL) ? SPAN_TAIL : 0;
    s->old_head = type_size;
    if (!s->pair || (s->flags & SPAN_SHORT))
        return;
    span_shape(x, s);
    xfer_span_align(x, s);
}

/* A site's type alone does not say what becomes of its objects if it has no tag (numbers,
 * pointers, arrays, nameless structures): the first pointer that leads there does. */
void xfer_span_suit(struct st_xfer *x, struct xfer_span *s, uint32_t pair)
{
    const struct plan_pair *p = &x->plan->pairs[pair];
    const struct lu_site *site;
    uint32_t to;

    if (!(s->flags & SPAN_TYPED) || s != s->base || s->n_reached || !pair || pair == s->pair ||
        p->old_type != s->old_type ||
        (s->pair && x->plan->old->types[s->old_type].name &&
         x->plan->old->types[s->old_type].kind >= LU_T_STRUCT))
        return;
    site = st_desc_site_at(x->plan->old, s->v.site);
    to = plan_site_for(x->plan, (uint32_t)(site - x->plan->old->sites), p->new_type);
    s->cell = to ? x->plan->new->sites[to - 1].cell : 0;
    s->pair = pair;
    span_shape(x, s);
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
    s->origin = x->origin ? st_mem_array(x->args->mem, v->n_objs, sizeof(*s->origin)) : NULL;
    if (!s->moved || (x->origin && !s->origin))
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

void xfer_span_free(struct st_xfer *x, struct xfer_span *s)
{
    const struct st_mem *mem = x->args->mem;

    for (struct xfer_span *shape = s->shapes, *next; shape; shape = next) {
        next = shape->next;
        st_mem_free_array(mem, shape, 1, sizeof(*shape));
    }
    st_mem_free_array(mem, s->own, s->v.n_objs, sizeof(*s->own));
    st_mem_free_array(mem, s->moved, s->v.n_objs, sizeof(*s->moved));
    st_mem_free_array(mem, s->origin, s->v.n_objs, sizeof(*s->origin));
    st_mem_free_array(mem, s, 1, sizeof(*s));
}
