/* SPDX-License-Identifier: MIT
 *
 * What a pointer may point to.  Compatible means: the target has, at that place, an
 * object of the pointee's type (C11 6.2.7, with signedness and enumerations as
 * their integers), bytes, or a structure that begins with the same member, which
 * is how C programs write one structure as an extension of another.
 */
#include "audit-core.h"

#include <string.h>

static bool is_scalar_like(const struct lu_type *t)
{
    return t->kind == LU_T_INT || t->kind == LU_T_UINT || t->kind == LU_T_CHAR ||
           t->kind == LU_T_BOOL || t->kind == LU_T_ENUM;
}

static bool is_aggregate(const struct lu_type *t)
{
    return t->kind == LU_T_STRUCT || t->kind == LU_T_UNION;
}

/* Pointers that may point to bytes of anything. */
static bool is_byte_like(const struct lu_type *t)
{
    return t->kind == LU_T_VOID || t->kind == LU_T_OPAQUE || t->kind == LU_T_CHAR ||
           (is_scalar_like(t) && t->size == 1);
}

/* First members of the same name: one may be an extension of the other. */
static bool same_start(const struct st_desc *d, const struct lu_type *a, const struct lu_type *b)
{
    return is_aggregate(a) && is_aggregate(b) && a->count && b->count &&
           d->members[a->first].name && d->members[b->first].name &&
           strcmp(st_desc_string(d, d->members[a->first].name),
                  st_desc_string(d, d->members[b->first].name)) == 0;
}

static bool types_agree(const struct st_desc *d, uint32_t have, uint32_t want)
{
    const struct lu_type *h = &d->types[have], *w = &d->types[want];

    if (have == want || is_byte_like(w))
        return true;
    if (is_scalar_like(h) && is_scalar_like(w))
        return h->size == w->size;
    if (h->kind == LU_T_PTR || h->kind == LU_T_FLOAT)
        return h->kind == w->kind && h->size == w->size;
    if (h->kind == w->kind && h->size == w->size && h->name && w->name &&
        strcmp(st_desc_string(d, h->name), st_desc_string(d, w->name)) == 0)
        return true;
    return same_start(d, h, w);
}

static bool union_has(const struct st_desc *d, const struct lu_type *u, uint64_t offset,
                      uint32_t want);

/* The member that covers byte `offset`; a flexible array covers all that follows it. */
static const struct lu_member *member_at(const struct st_desc *d, const struct lu_type *t,
                                         uint64_t offset)
{
    const struct lu_member *flexible = NULL;

    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_member *m = &d->members[t->first + i];
        uint64_t start = m->bit_offset / 8, size = d->types[m->type].size;

        if (m->bit_size || offset < start)
            continue;
        if (offset < start + size)
            return m;
        if (size == 0)
            flexible = m;
    }
    return flexible;
}

/* Is there a `want` at byte `offset` of a `type`?  Descends by value. */
static bool type_has(const struct st_desc *d, uint32_t type, uint64_t offset, uint32_t want)
{
    for (unsigned depth = 0; depth <= ST_MAX_NEST; depth++) {
        const struct lu_type *t = &d->types[type];
        const struct lu_member *m;

        if (t->kind == LU_T_OPAQUE || (offset == 0 && types_agree(d, type, want)))
            return true;
        if (t->kind == LU_T_UNION)
            return union_has(d, t, offset, want);
        if (t->kind == LU_T_ARRAY && d->types[t->ref].size) {
            offset %= d->types[t->ref].size;
            type = t->ref;
        } else if (t->kind == LU_T_STRUCT && (m = member_at(d, t, offset))) {
            offset -= m->bit_offset / 8;
            type = m->type;
        } else {
            return false;
        }
    }
    return false;
}

static bool union_has(const struct st_desc *d, const struct lu_type *u, uint64_t offset,
                      uint32_t want)
{
    for (uint32_t i = 0; i < u->count; i++)
        if (type_has(d, d->members[u->first + i].type, offset, want))
            return true;
    return false;
}

static bool in_ranges(const struct st_range *ranges, uint32_t n, uint64_t value)
{
    for (uint32_t i = 0; i < n; i++)
        if (value - ranges[i].addr <= ranges[i].len)
            return true;
    return false;
}

/* Is the object at `index` of the span in use? */
static int object_live(struct st_audit *a, const struct heap_view_span *span, uint32_t index)
{
    uint64_t live;
    int ret = heap_view_live(&a->heap, span, index / 64, &live, a->err);

    return ret < 0 ? ret : (int)(live >> index % 64 & 1);
}

/* Target inside an object of the span: 1 = fine, 0 = wrong type, or -LU_E... */
static int span_target(struct st_audit *a, const struct heap_view_span *span, uint64_t value,
                       uint32_t pointee)
{
    uint64_t offset = value - span->addr, in_object, size;
    uint32_t index = (uint32_t)(offset / span->stride);
    const struct lu_site *site;
    int ret;

    if (index >= span->n_objs)
        return -LU_ETARGET;
    in_object = offset % span->stride;
    ret = object_live(a, span, index); /* no object ends where the next place starts */
    if (ret <= 0)
        return ret < 0 ? ret : -LU_ETARGET;
    site = span->site ? st_desc_site_at(a->d, span->site) : NULL;
    if (!site || site->type == 0)
        return 1;
    size = a->d->types[site->type].size;
    if (size == 0 || in_object >= heap_view_size(span))
        return 1;
    if (in_object >= size && !(site->flags & LU_A_ARRAY))
        return site->flags & LU_A_TAIL ? 1 : in_object == size;
    return type_has(a->d, site->type, in_object % size, pointee);
}

static int heap_target(struct st_audit *a, uint64_t value, uint32_t pointee, const char **ret_why)
{
    uint64_t page = (value - a->heap.base) / LU_PAGE_SIZE;
    struct heap_view_span span;
    int ret;

    *ret_why = "points to freed or unused heap memory";
    ret =
        page < a->heap.header.n_pages ? heap_view_span(&a->heap, (uint32_t)page, &span, a->err) : 0;
    if (ret > 0)
        ret = span_target(a, &span, value, pointee);
    else if (ret == 0)
        ret = -LU_ETARGET;
    if (ret == 0) {
        *ret_why = "points to a heap object of another type";
        return -LU_EMISMATCH;
    }
    return ret < 0 ? ret : 0;
}

static int global_target(const struct st_audit *a, uint64_t value, uint32_t pointee)
{
    const struct lu_global *g = st_desc_global_at(a->d, value);
    const struct lu_global *before;

    if (!g || value - g->addr > g->size)
        return -LU_ETARGET;
    if (value - g->addr == g->size || type_has(a->d, g->type, value - g->addr, pointee))
        return 0;
    before = value == g->addr && g > a->d->globals ? g - 1 : NULL;
    return before && before->addr + before->size == value ? 0 : -LU_EMISMATCH;
}

static int static_target(const struct st_audit *a, uint64_t value, uint32_t pointee,
                         const char **ret_why)
{
    const struct lu_type *t = &a->d->types[pointee];
    const struct lu_literal *literal = st_desc_literal_at(a->d, value);
    int ret;

    if (st_desc_func_at(a->d, value)) {
        *ret_why = "points to a function";
        return t->kind == LU_T_FUNC || is_byte_like(t) ? 0 : -LU_EMISMATCH;
    }
    if (t->kind == LU_T_FUNC) {
        *ret_why = "points to no function of this version";
        return -LU_ETARGET;
    }
    ret = global_target(a, value, pointee);
    if (ret < 0 && literal && value - literal->addr <= literal->size)
        return 0;
    *ret_why = ret == -LU_EMISMATCH ? "points to a variable of another type"
                                    : "points to no object of this version";
    return ret;
}

int audit_target(struct st_audit *a, uint64_t value, uint32_t pointee, const char **ret_why)
{
    if (in_ranges(a->view->dma, a->view->n_dma, value) ||
        in_ranges(a->view->mmio, a->view->n_mmio, value))
        return 0;
    if (value >= a->heap.base && value - a->heap.base < LU_VA_HEAP_END - LU_VA_HEAP)
        return heap_target(a, value, pointee, ret_why);
    return static_target(a, value, pointee, ret_why);
}
