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

/* Could `pointee *` be one past the end of a part of that type that ends at `offset`? */
static bool type_ends(const struct st_desc *d, uint32_t type, uint64_t offset, uint32_t pointee)
{
    const struct lu_type *t = &d->types[pointee];

    return is_byte_like(t) ||
           (t->size && t->size <= offset && type_has(d, type, offset - t->size, pointee));
}

/* --- the heap --- */

/* Is there a `pointee` in an object of the span at that offset? */
static bool object_has(const struct st_audit *a, const struct audit_span *s, uint64_t offset,
                       uint32_t pointee)
{
    uint64_t size = s->site ? a->d->types[s->site->type].size : 0;

    if (!s->site)
        return true;
    if (s->site->flags & LU_A_ARRAY)
        offset %= size;
    if (type_has(a->d, s->site->type, offset, pointee) ||
        (offset && offset <= size && type_ends(a->d, s->site->type, offset, pointee)))
        return true;
    return offset == size || (offset > size && (s->site->flags & LU_A_TAIL));
}

/* Is this the end of a live object? */
static bool heap_ends(const struct st_audit *a, uint64_t value, uint32_t pointee)
{
    uint32_t index;
    const struct audit_span *s = audit_heap_at(a, value - 1, &index);
    uint64_t size = a->d->types[pointee].size;

    if (!s || !audit_heap_live(a, s, index) ||
        s->v.addr + (uint64_t)index * s->v.stride + s->size != value)
        return false;
    return is_byte_like(&a->d->types[pointee]) ||
           (size <= s->size && object_has(a, s, s->size - size, pointee));
}

static int heap_target(const struct st_audit *a, uint64_t value, uint32_t pointee,
                       const char **ret_why)
{
    uint32_t index = 0;
    const struct audit_span *s = audit_heap_at(a, value, &index);
    uint64_t offset = s ? value - s->v.addr - (uint64_t)index * s->v.stride : 0;
    bool in = s && audit_heap_live(a, s, index) && offset < s->size;

    *ret_why = "points to a heap object of another type";
    if (s && !offset && !s->size && audit_heap_live(a, s, index))
        return 0; /* an empty one */
    if ((in && object_has(a, s, offset, pointee)) || heap_ends(a, value, pointee))
        return 0;
    if (in)
        return -LU_EMISMATCH;
    *ret_why = s && audit_heap_live(a, s, index) ? "points behind a heap object"
                                                 : "points to freed or unused heap memory";
    return -LU_ETARGET;
}

/* --- static memory --- */

/* Empty objects, and literals that the linker merged, lie over each other. */
#define OVERLAP 8

static int global_target(const struct st_audit *a, uint64_t value, uint32_t pointee)
{
    const struct lu_global *g = st_desc_global_at(a->d, value);
    int r = -LU_ETARGET;

    for (int i = 0; g && i<OVERLAP; i++, g = g> a->d->globals ? g - 1 : NULL) {
        uint64_t offset = value - g->addr;

        if (offset > g->size)
            continue;
        if (((offset < g->size || !g->size) && type_has(a->d, g->type, offset, pointee)) ||
            (offset && type_ends(a->d, g->type, offset, pointee)))
            return 0;
        r = -LU_EMISMATCH;
    }
    return r;
}

static bool literal_target(const struct st_audit *a, uint64_t value)
{
    const struct lu_literal *l = st_desc_literal_at(a->d, value);

    for (int i = 0; l && i<OVERLAP; i++, l = l> a->d->literals ? l - 1 : NULL)
        if (value - l->addr <= l->size)
            return true;
    return false;
}

static int static_target(const struct st_audit *a, uint64_t value, uint32_t pointee,
                         const char **ret_why)
{
    const struct lu_type *t = &a->d->types[pointee];
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
    if (ret < 0 && literal_target(a, value))
        return 0;
    *ret_why = ret == -LU_EMISMATCH ? "points to a variable of another type"
                                    : "points to no object of this version";
    return ret;
}

static bool in_heap(const struct st_audit *a, uint64_t value)
{
    return value >= a->heap.base && value - a->heap.base <= LU_VA_HEAP_END - LU_VA_HEAP;
}

int audit_target(struct st_audit *a, uint64_t value, uint32_t pointee, const char **ret_why)
{
    if (in_ranges(a->view->dma, a->view->n_dma, value) ||
        in_ranges(a->view->mmio, a->view->n_mmio, value))
        return 0;
    if (in_heap(a, value))
        return heap_target(a, value, pointee, ret_why);
    return static_target(a, value, pointee, ret_why);
}

/* --- how much is there --- */

static void static_place(const struct st_audit *a, uint64_t value, struct audit_place *ret)
{
    const struct lu_global *g = st_desc_global_at(a->d, value);
    const struct lu_literal *l = st_desc_literal_at(a->d, value);

    for (int i = 0; g && i<OVERLAP; i++, g = g> a->d->globals ? g - 1 : NULL)
        if (value - g->addr < g->size) {
            *ret = (struct audit_place){.base = g->addr, .size = g->size};
            return;
        }
    for (int i = 0; l && i<OVERLAP; i++, l = l> a->d->literals ? l - 1 : NULL)
        if (value - l->addr < l->size)
            *ret = (struct audit_place){.base = l->addr, .size = l->size};
}

void audit_place(const struct st_audit *a, uint64_t value, struct audit_place *ret)
{
    const struct audit_span *s;
    uint64_t base;
    uint32_t index;

    *ret = (struct audit_place){0};
    if (!in_heap(a, value)) {
        static_place(a, value, ret);
        return;
    }
    s = audit_heap_at(a, value, &index);
    base = s ? s->v.addr + (uint64_t)index * s->v.stride : 0;
    if (s && audit_heap_live(a, s, index) && value - base < s->size)
        *ret = (struct audit_place){.base = base, .size = s->size, .untyped = !s->site};
}
