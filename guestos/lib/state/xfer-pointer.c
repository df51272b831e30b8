/* SPDX-License-Identifier: MIT
 *
 * Where an old pointer leads in the new version.
 *
 * The object is found by the address; where in the object it leads, by descending
 * both layouts together.  At one offset several objects can start (a structure,
 * its first member, that one's first element): the pointer's static type tells
 * which is meant; an untyped pointer means the outermost.  An address that ends
 * one object and starts another is told apart by the pointer's type and by what
 * its neighbours in memory point to; what stays ambiguous is an error.
 */
#include "xfer-core.h"

#define SIBLINGS 64u /* bytes around a pointer that are searched for its relatives */

static bool is_vague(const struct lu_type *t)
{
    return t->kind == LU_T_VOID || t->kind == LU_T_OPAQUE || t->kind == LU_T_FUNC ||
           (t->size == 1 && t->kind != LU_T_STRUCT && t->kind != LU_T_UNION &&
            t->kind != LU_T_ARRAY);
}

/* Do two types of one description mean the same to a pointer? */
static bool types_agree(const struct st_desc *d, uint32_t i, uint32_t j)
{
    const struct lu_type *a = &d->types[i], *b = &d->types[j];
    bool ia = plan_is_integer(a), ib = plan_is_integer(b);

    if (i == j)
        return true;
    if (ia && ib)
        return a->size == b->size;
    if (a->kind == LU_T_OPAQUE || b->kind == LU_T_OPAQUE)
        return a->name == b->name;
    if (a->kind != b->kind || a->size != b->size)
        return false;
    return a->kind == LU_T_PTR || a->kind == LU_T_ARRAY || a->name == b->name;
}

/* --- descending an object --- */

struct descent {
    struct st_xfer *x;
    uint32_t old_pointee, new_pointee;
    bool vague, aggregate; /* of the old pointee */
    uint32_t pair;
    uint64_t offset, base; /* what is left in the old type; new address so far */
    /* objects that start exactly here */
    uint64_t outer, exact, inner;
    uint32_t exact_new_type;
    bool has_outer, has_exact;
};

static int lost(struct descent *d, const char *why)
{
    return xfer_fail(d->x, -LU_ETARGET, "leads to %s", why);
}

/* Notes that an old object of the current pair's type starts here. */
static void candidate(struct descent *d)
{
    const struct plan_pair *pair = &d->x->plan->pairs[d->pair];

    if (!d->has_outer)
        d->outer = d->base;
    d->has_outer = true;
    d->inner = d->base;
    if (!d->has_exact && d->old_pointee &&
        types_agree(d->x->plan->old, pair->old_type, d->old_pointee)) {
        d->has_exact = true;
        d->exact = d->base;
        d->exact_new_type = pair->new_type;
    }
}

/* Into an array: 1 = go on with the element, 0 = *ret is it. */
static int descend_array(struct descent *d, const struct plan_pair *pair, uint64_t *ret)
{
    const struct lu_type *a = &d->x->plan->old->types[pair->old_type];
    const struct lu_type *b = &d->x->plan->new->types[pair->new_type];
    uint64_t old_es = d->x->plan->old->types[a->ref].size;
    uint64_t new_es = d->x->plan->new->types[b->ref].size;
    uint64_t i = old_es ? d->offset / old_es : 0;

    if (a->count && i >= a->count) { /* one past the end */
        if (a->count != b->count)
            return xfer_fail(d->x, -LU_EAMBIGUOUS,
                             "is the end of an array that changed its length (%u, now %u)",
                             a->count, b->count);
        *ret = d->base + b->size;
        return 0;
    }
    if (b->count && i >= b->count)
        return lost(d, "an element that the new version's array does not have");
    d->base += i * new_es;
    d->offset -= i * old_es;
    d->pair = pair->inner;
    return 1;
}

static bool op_covers(const struct st_plan *p, const struct plan_op *op, uint64_t offset,
                      uint64_t *ret_len)
{
    switch (op->kind) {
    case OP_PAIR: {
        const struct lu_type *t = &p->old->types[p->pairs[op->pair].old_type];
        *ret_len = t->size;
        if (t->kind == LU_T_ARRAY && !t->count)
            return offset >= op->old_off; /* flexible: all the rest */
        break;
    }
    case OP_BITS:
        *ret_len = op->old.width ? (op->old.shift + op->old.width + 7) / 8 : op->old.size;
        break;
    case OP_VALUE:
    case OP_VARIANT:
        return false;
    default: /* a dropped bit-field covers only the bytes that it touches */
        *ret_len = op->kind == OP_DROP && op->old.width ? (op->old.shift + op->old.width + 7) / 8
                                                        : op->len;
    }
    return offset >= op->old_off && offset - op->old_off < *ret_len;
}

static const struct plan_op *op_at(const struct st_plan *p, const struct plan_pair *pair,
                                   uint64_t offset)
{
    uint64_t len;

    for (uint32_t i = 0; i < pair->n_ops; i++)
        if (op_covers(p, &p->ops[pair->first_op + i], offset, &len))
            return &p->ops[pair->first_op + i];
    return NULL;
}

/* An array member that ends at the offset where another one starts (or nothing does). */
static const struct plan_op *op_ending(const struct descent *d, const struct plan_pair *pair)
{
    const struct st_plan *p = d->x->plan;

    for (uint32_t i = 0; i < pair->n_ops; i++) {
        const struct plan_op *op = &p->ops[pair->first_op + i];
        const struct lu_type *t;

        if (op->kind != OP_PAIR)
            continue;
        t = &p->old->types[p->pairs[op->pair].old_type];
        if (t->kind == LU_T_ARRAY && t->count && op->old_off + t->size == d->offset &&
            (!d->old_pointee || is_vague(&p->old->types[d->old_pointee]) ||
             types_agree(p->old, t->ref, d->old_pointee)))
            return op;
    }
    return NULL;
}

/* All variants of a tagged union that cover the offset must agree on where it is now. */
static int descend_tagged(struct descent *d, const struct plan_op *op, uint64_t *ret)
{
    const struct st_plan *p = d->x->plan;
    uint64_t found = 0;
    bool any = false;

    for (uint32_t i = 0; i < op->n; i++) {
        const struct plan_op *v = &p->ops[op->first + i];
        uint64_t to;
        int r;

        if (!v->pair || d->offset - op->old_off >= v->len)
            continue;
        if (d->offset == op->old_off) {
            to = d->base + op->new_off;
        } else {
            r = xfer_map(d->x, v->pair, d->offset - op->old_off, v->len, d->old_pointee,
                         d->new_pointee, d->base + op->new_off, &to);
            if (r < 0)
                return r;
        }
        if (any && to != found)
            return xfer_fail(d->x, -LU_EAMBIGUOUS, "leads into a union whose members moved");
        found = to;
        any = true;
    }
    if (!any)
        return lost(d, "a member that the new version does not have");
    *ret = found;
    return 0;
}

static int descend_struct(struct descent *d, const struct plan_pair *pair, uint64_t *ret)
{
    const struct st_plan *p = d->x->plan;
    const struct plan_op *op = op_at(p, pair, d->offset);
    const struct plan_op *ending = op ? NULL : op_ending(d, pair);

    if (!op && ending) { /* padding follows the array */
        d->base += ending->new_off;
        d->offset -= ending->old_off;
        d->pair = ending->pair;
        return 1;
    }
    if (!op)
        return d->offset ? lost(d, "no member of the structure") : lost(d, "an empty structure");
    switch (op->kind) {
    case OP_PAIR:
        d->base += op->new_off;
        d->offset -= op->old_off;
        d->pair = op->pair;
        return 1;
    case OP_COPY:
    case OP_KEEP:
        *ret = d->base + op->new_off + (d->offset - op->old_off);
        return 0;
    case OP_TAGGED:
        return descend_tagged(d, op, ret);
    case OP_BITS:
        if (!op->old.width && !op->new.width && d->offset == op->old_off) {
            *ret = d->base + op->new_off;
            return 0;
        }
        return lost(d, "a bit-field");
    default:
        return lost(d, "a member that the new version does not have");
    }
}

/* Inside something that has no parts (any more). */
static int descend_leaf(struct descent *d, const struct plan_pair *pair, uint64_t *ret)
{
    uint64_t a = d->x->plan->old->types[pair->old_type].size;
    uint64_t b = d->x->plan->new->types[pair->new_type].size;

    if (d->offset && a != b && pair->kind != PAIR_BITS)
        return xfer_fail(d->x, -LU_EAMBIGUOUS, "leads into the middle of a value that changed");
    if (d->offset > b)
        return lost(d, "bytes that the new version does not have");
    *ret = d->base + d->offset;
    return 0;
}

/* Does a part of what the pointer says start where an object of that old type does? */
static bool starts_inside(const struct descent *d, uint32_t type)
{
    const struct st_desc *old = d->x->plan->old;

    for (unsigned depth = 0; depth <= ST_MAX_NEST && d->old_pointee; depth++) {
        const struct lu_type *t = &old->types[type];

        if (types_agree(old, type, d->old_pointee))
            return true;
        if (t->kind == LU_T_ARRAY)
            type = t->ref;
        else if (t->kind == LU_T_STRUCT && t->count && !old->members[t->first].bit_offset)
            type = old->members[t->first].type;
        else
            break;
    }
    return false;
}

/* 1: one level deeper; 0: *ret is the place; or an error. */
static int descend(struct descent *d, uint64_t *ret)
{
    const struct plan_pair *pair = &d->x->plan->pairs[d->pair];

    if (d->offset == 0)
        candidate(d);
    if (pair->flags & PAIR_COPY) {
        if (d->offset == 0 && !d->has_exact && starts_inside(d, pair->old_type)) {
            d->has_exact = true;
            d->exact = d->base;
            d->exact_new_type = d->new_pointee;
        }
        *ret = d->base + d->offset;
        return 0;
    }
    if (pair->kind == PAIR_ARRAY)
        return descend_array(d, pair, ret);
    if (pair->kind == PAIR_STRUCT &&
        !(d->offset && d->offset == d->x->plan->old->types[pair->old_type].size))
        return descend_struct(d, pair, ret);
    if (pair->kind == PAIR_STRUCT) { /* one past the structure */
        *ret = d->base + d->x->plan->new->types[pair->new_type].size;
        return 0;
    }
    return descend_leaf(d, pair, ret);
}

/* An exact match must be what the new pointer's type says, too. */
static int check_new_type(struct descent *d)
{
    const struct st_desc *new = d->x->plan->new;
    char is[64], said[64];

    if (!d->new_pointee || is_vague(&new->types[d->new_pointee]) ||
        is_vague(&d->x->plan->old->types[d->old_pointee]) ||
        types_agree(new, d->exact_new_type, d->new_pointee))
        return 0;
    return xfer_fail(d->x, -LU_EMISMATCH, "would be a pointer to '%s' that leads to '%s'",
                     st_type_print(new, d->new_pointee, said, sizeof(said)),
                     st_type_print(new, d->exact_new_type, is, sizeof(is)));
}

int xfer_map(struct st_xfer *x, uint32_t pair, uint64_t offset, uint64_t old_size,
             uint32_t old_pointee, uint32_t new_pointee, uint64_t base, uint64_t *ret)
{
    const struct lu_type *t = &x->plan->old->types[old_pointee];
    struct descent d = {.x = x,
                        .old_pointee = old_pointee,
                        .new_pointee = new_pointee,
                        .vague = is_vague(t),
                        .aggregate = t->kind == LU_T_STRUCT || t->kind == LU_T_UNION,
                        .pair = pair,
                        .offset = offset,
                        .base = base};
    int r = 1;

    (void)old_size;
    for (unsigned depth = 0; r == 1; depth++) {
        if (depth > ST_MAX_NEST + 2)
            return xfer_fail(x, -LU_ELIMIT, "types are nested too deeply");
        if (!d.pair)
            return xfer_fail(x, -LU_EMISMATCH, "leads to something without a counterpart");
        r = descend(&d, ret);
    }
    if (d.has_exact) {
        *ret = d.exact;
        return check_new_type(&d);
    }
    if (d.has_outer) { /* also when nothing is below it: the start is known */
        *ret = d.vague || d.aggregate ? d.outer : d.inner;
        return 0;
    }
    return r;
}

/* --- from an object to its new place --- */

static int to_heap(struct st_xfer *x, const struct place *p, uint64_t offset, uint32_t old_pointee,
                   uint32_t new_pointee, uint64_t *ret)
{
    const struct xfer_span *s = p->span;
    uint64_t base, type_size, i;
    int r = xfer_reach(x, p, x->at, &base);

    if (r < 0)
        return r;
    if (!(s->flags & SPAN_TYPED) || (s->flags & SPAN_COPY)) {
        *ret = base + offset;
        return 0;
    }
    if (offset == s->old_size && s->count > 1 && !(s->flags & SPAN_COUNTED)) {
        *ret = base + s->new_head;
        return 0;
    }
    if (offset >= s->old_head && !(s->flags & SPAN_FLEXIBLE)) { /* in, or past, the tail */
        *ret = base + s->new_head + (offset - s->old_head);
        return 0;
    }
    type_size = x->plan->old->types[s->old_type].size;
    i = s->flags & SPAN_ARRAY ? offset / type_size : 0;
    return xfer_map(x, s->pair, offset - i * type_size, type_size, old_pointee, new_pointee,
                    base + i * x->plan->new->types[x->plan->pairs[s->pair].new_type].size, ret);
}

static int to_global(struct st_xfer *x, const struct place *p, uint64_t offset,
                     uint32_t old_pointee, uint32_t new_pointee, uint64_t *ret)
{
    const struct plan_global *g = &x->plan->globals[p->index];
    const struct lu_global *to = g->new_global ? &x->plan->new->globals[g->new_global - 1] : NULL;
    const char *name = plan_old_name(x->plan, x->plan->old->globals[p->index].name);

    if (!to)
        return xfer_fail(x, -LU_ETARGET, "leads to '%s', which the new version does not have",
                         name);
    if (!g->pair || !offset) {
        if (offset > to->size)
            return xfer_fail(x, -LU_ETARGET, "leads behind what is left of '%s'", name);
        if (!offset && g->pair) /* a pointer to its first member may mean another place */
            return xfer_map(x, g->pair, 0, p->size, old_pointee, new_pointee, to->addr, ret);
        *ret = to->addr + offset;
        return 0;
    }
    return xfer_map(x, g->pair, offset, p->size, old_pointee, new_pointee, to->addr, ret);
}

/* Same content in the new version, or a copy in its heap. */
static int to_literal(struct st_xfer *x, const struct place *p, uint64_t offset, uint64_t *ret)
{
    const struct lu_literal *l = &x->plan->old->literals[p->index];
    const struct st_desc *new = x->plan->new;
    uint64_t to = x->literals[p->index];
    void *data;

    for (uint32_t i = 0; !to && i < new->n_literals; i++)
        if (new->literals[i].hash == l->hash &&new->literals[i].size == l->size)
            to = new->literals[i].addr;
    if (!to) {
        to = x->args->target->alloc(x->args->target->ctx, l->size, 0);
        data = to ? x->args->target->map(x->args->target->ctx, to, l->size) : NULL;
        if (!data || to > UINT32_MAX)
            return xfer_fail(x, -LU_ENOMEM, "no memory for the new version's heap");
        x->stats.literals_copied++;
        if (x->view->read(x->view->ctx, l->addr, data, l->size) < 0)
            return xfer_fail(x, -LU_EFAULT, "a literal of the old version is not readable");
    }
    x->literals[p->index] = (uint32_t)to;
    *ret = to + offset;
    return 0;
}

static int to_function(struct st_xfer *x, const struct place *p, uint64_t *ret)
{
    uint32_t to = x->plan->funcs[p->index];

    if (!to)
        return xfer_fail(x, -LU_ETARGET,
                         "leads to function '%s', which the new version does not have",
                         plan_old_name(x->plan, x->plan->old->funcs[p->index].name));
    *ret = x->plan->new->funcs[to - 1].addr;
    return 0;
}

static int to_place(struct st_xfer *x, const struct place *p, uint64_t value, uint32_t old_pointee,
                    uint32_t new_pointee, uint64_t *ret)
{
    switch (p->kind) {
    case PLACE_HEAP:
        return to_heap(x, p, value - p->base, old_pointee, new_pointee, ret);
    case PLACE_GLOBAL:
        return to_global(x, p, value - p->base, old_pointee, new_pointee, ret);
    case PLACE_FUNC:
        return to_function(x, p, ret);
    case PLACE_LITERAL:
        return to_literal(x, p, value - p->base, ret);
    default:
        *ret = value;
        return 0;
    }
}

/* --- which object is meant --- */

/* Could a pointer of that type be one past the end of this object?  *ret_likely = its
 * type says so; else only its neighbours could. */
static bool may_end(struct st_xfer *x, const struct place *p, uint32_t pointee, bool *ret_likely)
{
    const struct st_desc *d = x->plan->old;
    const struct lu_type *to = &d->types[pointee];
    uint32_t element = 0;
    bool array = false;

    if (p->kind == PLACE_GLOBAL) {
        const struct lu_type *t = &d->types[d->globals[p->index].type];
        array = t->kind == LU_T_ARRAY;
        element = t->ref;
    } else if (p->kind == PLACE_HEAP) {
        array = !(p->span->flags & SPAN_TYPED) || (p->span->flags & (SPAN_ARRAY | SPAN_TAIL));
        element = p->span->flags & SPAN_TYPED ? p->span->old_type : 0;
    }
    if (element && pointee)
        *ret_likely = types_agree(d, element, pointee);
    else
        *ret_likely = pointee && to->size == 1;
    return array && (*ret_likely || is_vague(to));
}

/* Does a word near the pointer, in the same object, lead into the object? */
static bool siblings_in(struct st_xfer *x, const struct place *p)
{
    uint64_t at = x->at & ~7ull, first = at > SIBLINGS ? at - SIBLINGS : 0;
    struct place home, near;

    if (!x->at || xfer_place(x, x->at, &home) < 0 || !home.kind)
        return false;
    for (uint64_t a = first; a <= at + SIBLINGS; a += 8) {
        uint64_t v;

        if (a == at || a < home.base || a + 8 > home.base + home.size ||
            xfer_word(x, a, 8, &v) < 0 || xfer_place(x, v, &near) < 0)
            continue;
        if (near.kind == p->kind && near.base == p->base)
            return true;
    }
    return false;
}

/* `starts` and `ends` meet at `value`. */
static int choose(struct st_xfer *x, const struct place *starts, const struct place *ends,
                  uint64_t value, uint32_t pointee, const struct place **ret)
{
    bool near_start, near_end, likely;

    *ret = starts;
    if (starts->kind == PLACE_FUNC || starts->kind == PLACE_DEVICE ||
        !may_end(x, ends, pointee, &likely))
        return 0;
    near_start = siblings_in(x, starts);
    near_end = siblings_in(x, ends) || (x->at >= ends->base && x->at < value);
    if (near_start != near_end) {
        *ret = near_end ? ends : starts;
        return 0;
    }
    if (!likely)
        return 0;
    return xfer_fail(x, -LU_EAMBIGUOUS, "%#llx is the end of one object and the start of another",
                     (unsigned long long)value);
}

static int unknown(struct st_xfer *x, uint64_t value)
{
    const char *what = "leads to nothing that is known";
    struct xfer_span *s;

    if (value < LU_PAGE_SIZE)
        what = "holds a small number, not a pointer";
    else if (value >= LU_VA_STACK_TOP - LU_STACK_SIZE && value < LU_VA_STACK_TOP)
        what = "leads to the stack";
    else if (value >= x->heap.base && value < LU_VA_HEAP_END && xfer_span_at(x, value, &s) == 0)
        what = "leads to freed memory";
    return xfer_fail(x, -LU_ETARGET, "%s (%#llx)", what, (unsigned long long)value);
}

/* An untyped object that is used as a type which changed can't be copied. */
static int check_untyped(struct st_xfer *x, const struct place *p, uint32_t pair,
                         uint32_t old_pointee)
{
    char name[64];

    if (p->kind != PLACE_HEAP || (p->span->flags & SPAN_TYPED) || !pair ||
        (x->plan->pairs[pair].flags & PAIR_SHAPE))
        return 0;
    x->doubtful |= !x->placed;
    if (!x->placed)
        return 0; /* its type may yet be found */
    return xfer_fail(x, -LU_EAMBIGUOUS,
                     "leads to an untyped object that is used as '%s', which changed",
                     st_type_print(x->plan->old, old_pointee, name, sizeof(name)));
}

int xfer_meant(struct st_xfer *x, uint64_t value, uint32_t pointee, struct place *ret)
{
    const struct place *meant = ret;
    struct place end = {0};
    int r = xfer_place(x, value, ret);

    if (r == 0 && (!ret->kind || ret->base == value)) {
        r = xfer_ending(x, value, &end);
        if (r == 0 && !ret->kind)
            meant = &end;
        else if (r == 0 && end.kind)
            r = choose(x, ret, &end, value, pointee, &meant);
    }
    if (r < 0)
        return r;
    if (!meant->kind)
        return unknown(x, value);
    *ret = *meant;
    return 0;
}

int xfer_pointer(struct st_xfer *x, uint64_t value, uint32_t old_pointee, uint32_t new_pointee,
                 uint32_t pointee_pair, uint64_t *ret)
{
    struct place p;
    int r;

    if (!value) {
        *ret = 0;
        return 0;
    }
    x->stats.pointers += x->writing;
    r = xfer_meant(x, value, old_pointee, &p);
    r = r < 0 ? r : check_untyped(x, &p, pointee_pair, old_pointee);
    return r < 0 ? r : to_place(x, &p, value, old_pointee, new_pointee, ret);
}

int xfer_looks_like_pointer(struct st_xfer *x, uint64_t word, bool *ret)
{
    struct place p;
    int r;

    *ret = false;
    if (word < LU_VA_IMAGE)
        return 0;
    r = xfer_place(x, word, &p);
    *ret = r == 0 && p.kind && p.kind != PLACE_DEVICE;
    return r;
}
