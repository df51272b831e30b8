/* SPDX-License-Identifier: MIT
 *
 * What lies at an old address; and giving a reached heap object its new place.
 */
#include "xfer-core.h"

#define GLOBAL_BACK 8 /* empty objects that may share an address with a full one */

static bool in_ranges(const struct st_range *r, uint32_t n, uint64_t addr, bool end_too)
{
    for (uint32_t i = 0; i < n; i++)
        if (addr >= r[i].addr && addr - r[i].addr < r[i].len + end_too)
            return true;
    return false;
}

static bool static_place(struct st_xfer *x, uint64_t addr, struct place *ret)
{
    const struct st_desc *d = x->plan->old;
    const struct lu_global *g = st_desc_global_at(d, addr);
    const struct lu_literal *l = st_desc_literal_at(d, addr);
    const struct lu_func *f = st_desc_func_at(d, addr);

    for (int i = 0; g && i<GLOBAL_BACK; i++, g = g> d->globals ? g - 1 : NULL) {
        bool inside = addr - g->addr < g->size;

        if (!inside && (g->size || addr != g->addr || ret->kind))
            continue;
        *ret = (struct place){PLACE_GLOBAL, g->addr, g->size, (uint32_t)(g - d->globals), NULL};
        if (inside) /* an empty one only if nothing else is there */
            return true;
    }
    if (ret->kind)
        return true;
    if (f) {
        *ret = (struct place){PLACE_FUNC, f->addr, 1, (uint32_t)(f - d->funcs), NULL};
        return true;
    }
    /* Literals may overlap: the linker merges common ends. */
    for (int i = 0; l && i<GLOBAL_BACK; i++, l = l> d->literals ? l - 1 : NULL) {
        if (addr - l->addr >= l->size)
            continue;
        *ret = (struct place){PLACE_LITERAL, l->addr, l->size, (uint32_t)(l - d->literals), NULL};
        return true;
    }
    return false;
}

static int heap_place(struct st_xfer *x, uint64_t addr, struct place *ret)
{
    struct xfer_span *s;
    uint64_t in_span;
    uint32_t i;
    int r = xfer_span_at(x, addr, &s);

    if (r < 0 || !s)
        return r;
    in_span = addr - s->v.addr;
    i = (uint32_t)(in_span / s->v.stride);
    in_span -= (uint64_t)i * s->v.stride;
    if (i >= s->v.n_objs || (in_span >= s->old_size && in_span)) /* an empty one has a start */
        return 0;
    if (!s->moved[i].to && !(heap_view_live(&s->v, i / 64) >> i % 64 & 1))
        return 0;
    s = s->own && s->own[i] ? s->own[i] : s;
    *ret = (struct place){PLACE_HEAP, s->v.addr + (uint64_t)i * s->v.stride, s->old_size, i, s};
    return 0;
}

int xfer_place(struct st_xfer *x, uint64_t addr, struct place *ret)
{
    *ret = (struct place){0};
    if (addr - x->heap.base < (uint64_t)x->heap.header.n_units * LU_HEAP_UNIT)
        return heap_place(x, addr, ret);
    if (in_ranges(x->view->dma, x->view->n_dma, addr, false) ||
        in_ranges(x->view->mmio, x->view->n_mmio, addr, false)) {
        *ret = (struct place){PLACE_DEVICE, addr, 1, 0, NULL};
        return 0;
    }
    static_place(x, addr, ret);
    return 0;
}

int xfer_ending(struct st_xfer *x, uint64_t addr, struct place *ret)
{
    int r;

    *ret = (struct place){0};
    if (!addr)
        return 0;
    r = xfer_place(x, addr - 1, ret);
    if (r < 0)
        return r;
    if (ret->kind == PLACE_DEVICE || ret->kind == PLACE_FUNC ||
        (ret->kind && ret->base + ret->size != addr))
        *ret = (struct place){0};
    if (!ret->kind && (in_ranges(x->view->dma, x->view->n_dma, addr, true) ||
                       in_ranges(x->view->mmio, x->view->n_mmio, addr, true)))
        *ret = (struct place){PLACE_DEVICE, addr, 0, 0, NULL};
    return 0;
}

uint64_t xfer_room(const struct st_xfer *x, const struct place *p, uint64_t addr)
{
    const struct st_view *v = x->view;

    if (p->kind != PLACE_DEVICE)
        return p->base + p->size - addr;
    for (uint32_t i = 0; i < v->n_dma; i++)
        if (addr - v->dma[i].addr < v->dma[i].len)
            return v->dma[i].len - (addr - v->dma[i].addr);
    for (uint32_t i = 0; i < v->n_mmio; i++)
        if (addr - v->mmio[i].addr < v->mmio[i].len)
            return v->mmio[i].len - (addr - v->mmio[i].addr);
    return 0;
}

int xfer_allot(struct st_xfer *x, const struct place *heap)
{
    const struct xfer_span *s = heap->span;
    uint64_t to = x->args->target->alloc(x->args->target->ctx, s->new_size, s->cell);
    uint16_t align = x->plan->new->types[x->plan->pairs[s->pair].new_type].align;

    if (!to || to > UINT32_MAX)
        return xfer_fail(x, -LU_ENOMEM, "no memory for the new version's heap");
    if ((s->flags & SPAN_TYPED) && align && to % align)
        return xfer_fail(x, -LU_EMISMATCH,
                         "leads to a type that is aligned to %u bytes, which the heap can't do",
                         align);
    s->moved[heap->index].to = (uint32_t)to;
    return 0;
}

int xfer_reach(struct st_xfer *x, const struct place *heap, uint64_t from, uint64_t *ret_new)
{
    struct xfer_span *s = heap->span;
    struct xfer_moved *m = &s->moved[heap->index];
    char type[64];
    int r = 0;

    if (m->to) {
        *ret_new = m->to;
        return 0;
    }
    if ((s->flags & SPAN_TYPED) && (!s->pair || x->plan->pairs[s->pair].kind == PAIR_BAD))
        return xfer_fail(x, -LU_EMISMATCH, "leads to a '%s', which the new version %s",
                         st_type_print(x->plan->old, s->old_type, type, sizeof(type)),
                         s->pair ? "can't be given" : "does not have");
    if ((s->base->flags & SPAN_TYPED) || x->placed) {
        r = xfer_allot(x, heap);
    } else {
        m->to = XFER_PENDING;
        x->pending = true;
    }
    if (r < 0)
        return r;
    m->from = (uint32_t)from;
    s->base->n_reached++;
    *ret_new = m->to;
    return xfer_log_add(x, &x->log, heap->base);
}
