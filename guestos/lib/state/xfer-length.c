/* SPDX-License-Identifier: MIT
 *
 * LU_LEN: a pointer leads to at least so many elements.  What is too small for them
 * is an error; an object of an untyped site becomes an array of them, if the
 * pointer leads to its start.  Two pointers that say different types of one object
 * contradict each other; of two counts the larger is meant.
 */
#include "xfer-core.h"

/* The span's objects as `n` elements of a pair, then the rest. */
static void shape_fill(const struct st_xfer *x, struct xfer_span *s, uint32_t pair, uint64_t n)
{
    const struct plan_pair *p = &x->plan->pairs[pair];
    uint64_t old_es = x->plan->old->types[p->old_type].size;
    uint64_t new_es = x->plan->new->types[p->new_type].size;

    s->flags = SPAN_TYPED | SPAN_ARRAY | SPAN_COUNTED;
    s->pair = pair;
    s->old_type = p->old_type;
    s->count = n;
    s->old_head = n * old_es;
    s->new_head = n * new_es;
    s->new_size = s->new_head + (s->old_size - s->old_head);
    if ((p->flags & PAIR_COPY) && old_es == new_es)
        s->flags |= SPAN_COPY;
    xfer_span_align(x, s);
}

static int shape_get(struct st_xfer *x, struct xfer_span *base, uint32_t pair, uint64_t n,
                     struct xfer_span **ret)
{
    struct xfer_span *s = base->shapes;

    while (s && (s->pair != pair || s->count != n))
        s = s->next;
    if (!s) {
        s = st_mem_array(x->args->mem, 1, sizeof(*s));
        if (!s)
            return xfer_fail(x, -LU_ENOMEM, "no memory to trace the old heap");
        *s = *base;
        shape_fill(x, s, pair, n);
        s->next = base->shapes;
        base->shapes = s;
    }
    *ret = s;
    return 0;
}

static int contradiction(struct st_xfer *x, const struct xfer_span *s, uint32_t pair)
{
    char one[48], two[48];

    st_type_print(x->plan->old, x->plan->pairs[pair].old_type, one, sizeof(one));
    st_type_print(x->plan->old, s->old_type, two, sizeof(two));
    return xfer_fail(x, -LU_EAMBIGUOUS,
                     "leads to an object that LU_LEN makes '%s [%llu]' elsewhere, not '%s'", two,
                     (unsigned long long)s->count, one);
}

/* The object at `p` is n elements of that pair. */
static int shape_object(struct st_xfer *x, const struct place *p, uint32_t pair, uint64_t n)
{
    struct xfer_span *base = p->span->base, *s = p->span;
    int r;

    if (s != base && s->pair != pair)
        return contradiction(x, s, pair);
    if (s != base && s->count >= n)
        return 0;
    if (x->placed && base->moved[p->index].to) {
        if (x->plan->pairs[pair].flags & PAIR_COPY)
            return 0; /* has been copied as it is */
        return xfer_fail(x, -LU_EAMBIGUOUS,
                         "leads to an object that a transfer handler asked for before its type "
                         "was known");
    }
    if (!base->own)
        base->own = st_mem_array(x->args->mem, base->v.n_objs, sizeof(*base->own));
    if (!base->own)
        return xfer_fail(x, -LU_ENOMEM, "no memory to trace the old heap");
    r = shape_get(x, base, pair, n, &s);
    if (r < 0)
        return r;
    base->own[p->index] = s;
    return xfer_log_add(x, &x->typed, p->base);
}

static int check_room(struct st_xfer *x, int64_t n, bool is_signed, uint64_t room, uint64_t size)
{
    if (is_signed && n < 0)
        return xfer_fail(x, -LU_ERANGE, "has %lld elements, says LU_LEN", (long long)n);
    if (size && (uint64_t)n > room / size)
        return xfer_fail(x, -LU_ERANGE,
                         "has %llu elements of %llu bytes, says LU_LEN, but %llu bytes are there",
                         (unsigned long long)n, (unsigned long long)size, (unsigned long long)room);
    return 0;
}

/* A flexible array ends with its object. */
static int flexible_length(struct st_xfer *x, const struct plan_op *op, const struct lu_type *t,
                           int64_t n, uint64_t addr)
{
    uint64_t end = x->object.old_end;

    return check_room(x, n, op->old.is_signed, end > addr ? end - addr : 0,
                      x->plan->old->types[t->ref].size);
}

int xfer_length(struct st_xfer *x, const struct plan_op *op, uint64_t owner)
{
    const struct plan_pair *pair = &x->plan->pairs[op->pair];
    const struct lu_type *t = &x->plan->old->types[pair->old_type];
    uint64_t addr = owner + op->old_off, size, v = 0;
    struct place p;
    int64_t n;
    int r = xfer_bits_get(x, &op->old, owner + op->tag_off, &n);

    xfer_at(x, addr, pair->old_type, NULL);
    if (r < 0 || !n)
        return r;
    if (t->kind == LU_T_ARRAY)
        return flexible_length(x, op, t, n, addr);
    r = xfer_word(x, addr, (unsigned)t->size, &v);
    if (r < 0 || !v)
        return r;
    r = xfer_place(x, v, &p);
    if (r == 0 && !p.kind)
        r = xfer_ending(x, v, &p);
    if (r < 0 || !p.kind || p.kind == PLACE_FUNC)
        return r; /* no object at all: the pointer itself will tell */
    size = x->plan->old->types[t->ref].size;
    r = check_room(x, n, op->old.is_signed, xfer_room(x, &p, v), size ? size : 1);
    if (r < 0 || p.kind != PLACE_HEAP || (p.span->base->flags & SPAN_TYPED) || v != p.base ||
        !op->first)
        return r;
    return shape_object(x, &p, op->first, (uint64_t)n);
}
