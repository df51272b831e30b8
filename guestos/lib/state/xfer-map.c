/* SPDX-License-Identifier: MIT
 *
 * Where a byte of an old object is in the new one: both layouts are descended
 * together.  At one offset several objects can start (a structure, its first
 * member, that one's first element): the pointer's static type tells which is
 * meant; an untyped pointer means the outermost.  An array can end where another
 * object starts: where the type allows both and they were parted, the pointer has
 * two meanings, and that is an error.
 */
#include "xfer-core.h"

bool xfer_types_agree(const struct st_desc *d, uint32_t i, uint32_t j)
{
    const struct lu_type *a = &d->types[i], *b = &d->types[j];

    if (i == j)
        return true;
    if (plan_is_integer(a) && plan_is_integer(b))
        return a->size == b->size && (a->kind == LU_T_BOOL) == (b->kind == LU_T_BOOL);
    if (a->kind == LU_T_OPAQUE || b->kind == LU_T_OPAQUE)
        return a->name == b->name;
    if (a->kind != b->kind || a->size != b->size)
        return false;
    return a->kind == LU_T_PTR || a->kind == LU_T_ARRAY || a->name == b->name;
}

/* Bytes of a member's last part, or 0 if it does not end its structure. */
static uint32_t last_type(const struct st_desc *d, const struct lu_type *t, uint32_t i)
{
    const struct lu_member *m = &d->members[t->first + i];

    return !m->bit_size && m->bit_offset / 8 + d->types[m->type].size == t->size ? m->type : 0;
}

static enum xfer_fit best(enum xfer_fit a, enum xfer_fit b)
{
    return a > b ? a : b;
}

static enum xfer_fit vague_fit(const struct st_desc *d, uint32_t pointee)
{
    return plan_is_vague(&d->types[pointee]) ? FIT_BYTES : FIT_NOT;
}

enum xfer_fit xfer_ends_with(const struct st_desc *d, uint32_t type, uint32_t pointee)
{
    enum xfer_fit fit = FIT_NOT;

    for (unsigned depth = 0; type && depth <= ST_MAX_NEST; depth++) {
        const struct lu_type *t = &d->types[type];

        if (t->kind == LU_T_ARRAY) {
            if (xfer_types_agree(d, t->ref, pointee))
                return FIT_TYPE;
            fit = vague_fit(d, pointee);
            type = t->ref;
        } else if (t->kind == LU_T_STRUCT && t->count) {
            type = last_type(d, t, t->count - 1);
        } else if (t->kind == LU_T_UNION) {
            for (uint32_t i = 0; i < t->count; i++) /* at most ST_MAX_NEST deep */
                if (last_type(d, t, i))
                    fit = best(fit, xfer_ends_with(d, last_type(d, t, i), pointee));
            return fit;
        } else {
            break;
        }
    }
    return fit;
}

enum xfer_fit xfer_starts_with(const struct st_desc *d, uint32_t type, uint32_t pointee)
{
    enum xfer_fit fit = vague_fit(d, pointee);

    for (unsigned depth = 0; depth <= ST_MAX_NEST; depth++) {
        const struct lu_type *t = &d->types[type];

        if (xfer_types_agree(d, type, pointee))
            return FIT_TYPE;
        if (t->kind == LU_T_UNION)
            return FIT_BYTES; /* any of its members */
        if (t->kind == LU_T_ARRAY)
            type = t->ref;
        else if (t->kind == LU_T_STRUCT && t->count && !d->members[t->first].bit_offset)
            type = d->members[t->first].type;
        else
            break;
    }
    return fit;
}

/* --- descending an object --- */

struct descent {
    struct st_xfer *x;
    uint32_t old_pointee, new_pointee;
    bool untyped, vague, aggregate; /* of the old pointee */
    uint32_t pair;
    uint64_t offset, base; /* what is left in the old type; new address so far */
    /* objects that start exactly here */
    uint64_t outer, exact, inner;
    uint32_t outer_type, exact_new_type;
    bool has_outer, has_exact, has_wanted;
    int refused; /* an error, whatever else is found */
};

static int lost(struct descent *d, const char *why)
{
    return xfer_fail(d->x, -LU_ETARGET, "leads to %s", why);
}

static uint64_t old_size(const struct descent *d, uint32_t pair)
{
    return d->x->plan->old->types[d->x->plan->pairs[pair].old_type].size;
}

static uint64_t new_size(const struct descent *d, uint32_t pair)
{
    return d->x->plan->new->types[d->x->plan->pairs[pair].new_type].size;
}

/* On the way back: is this what the pointer was? */
static bool wanted(const struct descent *d, uint64_t at)
{
    return d->x->want && d->x->want == at;
}

/* Notes that an old object of the current pair's type starts here. */
static void candidate(struct descent *d)
{
    const struct plan_pair *pair = &d->x->plan->pairs[d->pair];

    if (pair->kind == PAIR_ARRAY && d->x->plan->old->types[pair->old_type].kind != LU_T_ARRAY)
        return; /* one that became an array: its element is meant */
    d->has_wanted |= wanted(d, d->base);
    if (!d->has_outer) {
        d->outer = d->base;
        d->outer_type = pair->old_type;
    }
    d->has_outer = true;
    d->inner = d->base;
    if (!d->has_exact && d->old_pointee &&
        xfer_types_agree(d->x->plan->old, pair->old_type, d->old_pointee)) {
        d->has_exact = true;
        d->exact = d->base;
        d->exact_new_type = pair->new_type;
    }
}

/* New address of the end of the old object of that pair whose new one is at `base`. */
static int end_of(struct descent *d, uint32_t index, uint64_t base, uint64_t *ret)
{
    const struct plan_pair *pair = &d->x->plan->pairs[index];
    uint64_t end = base + new_size(d, index), inner = end;
    enum xfer_fit fit = xfer_ends_with(d->x->plan->old, pair->old_type, d->old_pointee);
    int r = 0;

    if (d->untyped && pair->kind != PAIR_ARRAY)
        fit = FIT_NOT; /* the outermost end */
    *ret = end;
    if (wanted(d, end))
        return 0;
    if (!(pair->flags & PAIR_COPY) && (pair->kind == PAIR_ARRAY || fit))
        r = xfer_map(d->x, index, 0, old_size(d, index), d->old_pointee, d->new_pointee, base,
                     &inner);
    if (r < 0)
        return r;
    if (fit == FIT_BYTES && inner != end && !wanted(d, inner))
        return xfer_fail(d->x, -LU_EAMBIGUOUS,
                         "leads to the end of an array, or of what it ends; they were parted");
    *ret = inner;
    return 0;
}

/* On the way back: was it the end of that part, where an array ends with it? */
static bool was_end(struct descent *d, uint32_t part, uint64_t base, enum xfer_fit fit,
                    uint64_t *ret)
{
    return fit && base && d->x->want && end_of(d, part, base, ret) == 0 && wanted(d, *ret);
}

/* At the end of one part (now at `before_base`) and the start of another (old type `type`, now
 * at `start`; 0 = gone):
 * 1 = the start is meant, 0 = the end, *ret, or an error. */
static int end_or_start(struct descent *d, uint32_t before, uint64_t before_base, uint32_t type,
                        uint64_t start, uint64_t *ret)
{
    const struct st_desc *old = d->x->plan->old;
    enum xfer_fit ends = xfer_ends_with(old, d->x->plan->pairs[before].old_type, d->old_pointee);
    enum xfer_fit starts = xfer_starts_with(old, type, d->old_pointee);
    uint64_t end;
    int r;

    if (wanted(d, start))
        return 1;
    if (was_end(d, before, before_base, ends, ret))
        return 0;
    if (!ends || starts > ends || d->untyped)
        return 1;
    if (!before_base)
        return lost(d, "the end of something that the new version does not have");
    r = end_of(d, before, before_base, &end);
    if (r == 0 && ends > starts)
        *ret = end;
    if (ends > starts || (r == 0 && end == start))
        return ends > starts ? r : 1;
    if (d->x->want)
        return 1; /* it was not the end: what follows, or starts there */
    return xfer_fail(d->x, -LU_EAMBIGUOUS,
                     "leads to the end of an array, or to what follows it; they were parted");
}

/* --- arrays --- */

/* To element i of several objects of a pair in a row, now at `start`, that before it at
 * `before` (0 = gone): 1, or as end_or_start. */
static int enter(struct descent *d, uint32_t element, uint64_t i, uint64_t before, uint64_t start,
                 uint64_t *ret)
{
    uint64_t a = old_size(d, element);

    if (i && d->offset == i * a) {
        int r = end_or_start(d, element, before, d->x->plan->pairs[element].old_type, start, ret);
        if (r <= 0)
            return r;
    }
    if (!start)
        return lost(d, "an entry that the new version's table of constants does not have");
    d->base = start;
    d->offset -= i * a;
    d->pair = element;
    return 1;
}

static int descend_row(struct descent *d, uint32_t element, uint64_t i, uint64_t *ret)
{
    uint64_t b = new_size(d, element);

    return enter(d, element, i, d->base + (i - 1) * b, d->base + i * b, ret);
}

/* In a constant: the table that starts here. */
static int table_at(struct descent *d, const struct plan_pair *pair, const struct xfer_table **ret)
{
    const struct xfer_constant *c = &d->x->constant;
    struct plan_array a = plan_array(d->x->plan->old, pair->old_type),
                      b = plan_array(d->x->plan->new, pair->new_type);
    uint64_t at = c->at - d->offset;
    const struct xfer_table key = {
        .pair = pair->inner,
        .old_addr = at,
        .old_size = a.size,
        .old_n = (uint32_t)(a.count ? a.count : (c->old_end - at) / a.size),
        .new_addr = d->base,
        .new_size = b.size,
        .new_n = (uint32_t)(b.count ? b.count : (c->new_end - d->base) / b.size),
    };

    return xfer_table(d->x, &key, ret);
}

/* New address of an old entry, 0 = it has no counterpart. */
static uint64_t entry_at(const struct descent *d, const struct xfer_table *t, uint64_t i)
{
    uint64_t to = xfer_table_entry(t, i);

    return to == XFER_NO_ENTRY ? 0 : d->base + to * t->new_size;
}

/* May a pointer to the start of a table mean all of it?  Not if it is one to what its first
 * entry starts with. */
static bool may_mean_table(const struct descent *d, uint32_t type)
{
    const struct st_desc *old = d->x->plan->old;

    for (unsigned depth = 0; old->types[type].kind == LU_T_ARRAY && depth <= ST_MAX_NEST; depth++)
        type = old->types[type].ref;
    return xfer_types_agree(old, type, d->old_pointee) ||
           xfer_starts_with(old, type, d->old_pointee) != FIT_TYPE;
}

/* A text is always meant as a whole; so is a single object that became an array. */
static bool is_text(const struct st_desc *d, uint32_t type)
{
    return d->types[type].kind != LU_T_ARRAY || plan_is_vague(&d->types[d->types[type].ref]);
}

/* The start of a table is no longer that of its first entry, or is that of another one now.
 * 1: the entry is meant, 0: the table, or an error.  On the way back it is the entry: other
 * pointers were refused.  A constant that leads to a start leads to the table. */
static int judge_start(struct descent *d, uint32_t type)
{
    const struct st_xfer *x = d->x;
    bool start = !d->offset;

    if (!may_mean_table(d, type) || (!x->comparing && (x->plan->lenient || !start))) {
        d->has_outer &= !start;
        return 1;
    }
    if (x->comparing && start)
        return 0;
    return d->refused =
               xfer_fail(d->x, -LU_EAMBIGUOUS,
                         "leads to a table of constants, or to its first entry, which moved");
}

/* To the entry of a table of constants that holds the same. */
static int descend_table(struct descent *d, const struct plan_pair *pair, uint64_t *ret)
{
    uint32_t type = pair->old_type;
    const struct xfer_table *t;
    uint64_t i, to;
    int r;

    *ret = d->base;
    if (!d->offset && (d->has_exact || is_text(d->x->plan->old, type)))
        return 0;
    r = table_at(d, pair, &t);
    if (r < 0 || t->making)
        return r;
    i = d->offset / t->old_size;
    if (i >= t->old_n)
        return t->new_n ? end_of(d, pair->inner, d->base + (t->new_n - 1) * t->new_size, ret)
                        : lost(d, "the end of a table that the new version does not have");
    to = entry_at(d, t, i);
    r = !d->offset != (to == d->base) ? judge_start(d, type) : 1;
    if (r <= 0)
        return r;
    return enter(d, pair->inner, i, i ? entry_at(d, t, i - 1) : 0, to, ret);
}

/* Into an array: 1 = go on with the element, 0 = *ret is it. */
static int descend_array(struct descent *d, const struct plan_pair *pair, uint64_t *ret)
{
    struct plan_array a = plan_array(d->x->plan->old, pair->old_type),
                      b = plan_array(d->x->plan->new, pair->new_type);
    uint64_t i = a.size ? d->offset / a.size : 0;

    if (d->x->constant.at && a.size && b.size)
        return descend_table(d, pair, ret);
    if (a.count && i >= a.count) { /* one past the end */
        if (a.count != b.count && !wanted(d, d->base + b.count * b.size))
            return xfer_fail(d->x, -LU_EAMBIGUOUS,
                             "is the end of an array that changed its length (%llu, now %llu)",
                             (unsigned long long)a.count, (unsigned long long)b.count);
        return end_of(d, pair->inner, d->base + (b.count - 1) * b.size, ret);
    }
    if (b.count && i >= b.count)
        return lost(d, "an element that the new version's array does not have");
    return descend_row(d, pair->inner, i, ret);
}

/* --- structures --- */

static uint64_t op_len(const struct st_plan *p, const struct plan_op *op)
{
    const struct plan_bits *bits = &op->old;

    switch (op->kind) {
    case OP_PAIR:
        return p->old->types[p->pairs[op->pair].old_type].size;
    case OP_BITS:
        return bits->width ? (bits->shift + bits->width + 7) / 8 : bits->size;
    case OP_VALUE:
    case OP_VARIANT:
        return 0;
    default: /* a dropped bit-field covers only the bytes that it touches */
        return op->kind == OP_DROP && bits->width ? (bits->shift + bits->width + 7) / 8 : op->len;
    }
}

static bool is_flexible(const struct st_plan *p, const struct plan_op *op)
{
    const struct lu_type *t = &p->old->types[p->old->members[op->member].type];

    return (op->kind == OP_PAIR || op->kind == OP_DROP || op->kind == OP_COPY) &&
           t->kind == LU_T_ARRAY && !t->count;
}

/* The operation on the member that covers an offset; a flexible array covers all the rest. */
static const struct plan_op *op_at(const struct st_plan *p, const struct plan_pair *pair,
                                   uint64_t offset)
{
    for (uint32_t i = 0; i < pair->n_ops; i++) {
        const struct plan_op *op = &p->ops[pair->first_op + i];

        if (offset >= op->old_off && (offset - op->old_off < op_len(p, op) || is_flexible(p, op)))
            return op;
    }
    return NULL;
}

/* A member that ends at the offset with an array which the pointer may mean. */
static const struct plan_op *op_ending(const struct descent *d, const struct plan_pair *pair)
{
    const struct st_plan *p = d->x->plan;

    for (uint32_t i = 0; i < pair->n_ops; i++) {
        const struct plan_op *op = &p->ops[pair->first_op + i];

        if (op->kind == OP_PAIR && op->old_off + op_len(p, op) == d->offset &&
            xfer_ends_with(p->old, p->pairs[op->pair].old_type, d->old_pointee))
            return op;
    }
    return NULL;
}

/* All variants of a tagged union that cover the offset must agree on where it is now. */
static int descend_tagged(struct descent *d, const struct plan_op *op, uint64_t *ret)
{
    const struct st_plan *p = d->x->plan;
    uint64_t found = 0, offset = d->offset - op->old_off;
    bool any = false;

    for (uint32_t i = 0; i < op->n; i++) {
        const struct plan_op *v = &p->ops[op->first + i];
        uint64_t to = d->base + op->new_off + offset;
        int r = 0;

        if ((!v->pair && !(v->flags & OP_RAW)) || offset >= v->len)
            continue;
        if (v->pair && offset)
            r = xfer_map(d->x, v->pair, 1, offset, d->old_pointee, d->new_pointee,
                         d->base + op->new_off, &to);
        if (r < 0)
            return r;
        if (wanted(d, to)) {
            *ret = to;
            return 0;
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

static int descend_op(struct descent *d, const struct plan_op *op, uint64_t *ret)
{
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

static int descend_struct(struct descent *d, const struct plan_pair *pair, uint64_t *ret)
{
    const struct st_plan *p = d->x->plan;
    const struct plan_op *op = op_at(p, pair, d->offset), *ending = NULL;
    uint64_t end = d->base + p->new->types[pair->new_type].size;

    if (d->offset && (!op || op->old_off == d->offset))
        ending = op_ending(d, pair);
    if (op && ending) {
        uint64_t start = op->kind == OP_DROP ? 0 : d->base + op->new_off;
        int r = end_or_start(d, ending->pair, d->base + ending->new_off,
                             p->old->members[op->member].type, start, ret);
        if (r <= 0)
            return r;
    }
    if (op)
        return descend_op(d, op, ret);
    if (ending)
        return end_of(d, ending->pair, d->base + ending->new_off, ret);
    if (d->offset != p->old->types[pair->old_type].size)
        return lost(d, "no member of the structure");
    if (!d->offset)
        return lost(d, "an empty structure");
    *ret = end;
    return 0;
}

/* --- the rest --- */

/* Inside something that has no parts (any more). */
static int descend_leaf(struct descent *d, const struct plan_pair *pair, uint64_t *ret)
{
    uint64_t a = d->x->plan->old->types[pair->old_type].size;
    uint64_t b = d->x->plan->new->types[pair->new_type].size;

    if (d->offset == a && pair->kind != PAIR_BITS) { /* one past it */
        *ret = d->base + b;
        return 0;
    }
    if (d->offset && a != b && pair->kind != PAIR_BITS)
        return xfer_fail(d->x, -LU_EAMBIGUOUS, "leads into the middle of a value that changed");
    if (d->offset > b)
        return lost(d, "bytes that the new version does not have");
    *ret = d->base + d->offset;
    return 0;
}

/* Bytes are anything's; the pointer says so only of what is made of them. */
static bool is_pointee(const struct st_desc *desc, uint32_t type, uint32_t pointee)
{
    enum xfer_fit least = plan_is_vague(&desc->types[pointee]) ? FIT_TYPE : FIT_BYTES;

    return pointee && xfer_starts_with(desc, type, pointee) >= least;
}

/* Same layout: the place is known, and what the old pointer says starts there; the new one
 * may say something else now. */
static int descend_copy(struct descent *d, const struct plan_pair *pair, uint64_t *ret)
{
    if (d->offset == 0 && !d->has_exact &&
        is_pointee(d->x->plan->old, pair->old_type, d->old_pointee)) {
        d->has_exact = true;
        d->exact = d->base;
        d->exact_new_type = pair->new_type;
        if (is_pointee(d->x->plan->new, pair->new_type, d->new_pointee))
            d->exact_new_type = d->new_pointee;
    }
    *ret = d->base + d->offset;
    return 0;
}

/* In a constant that is not the same in both versions? */
static bool may_have_tables(const struct descent *d, const struct plan_pair *pair)
{
    return d->x->constant.at && (pair->kind == PAIR_ARRAY || pair->kind == PAIR_STRUCT);
}

/* 1: one level deeper; 0: *ret is the place; or an error. */
static int descend(struct descent *d, uint64_t *ret)
{
    const struct plan_pair *pair = &d->x->plan->pairs[d->pair];

    if (d->offset == 0)
        candidate(d);
    if ((pair->flags & PAIR_COPY) && !may_have_tables(d, pair))
        return descend_copy(d, pair, ret);
    switch (pair->kind) {
    case PAIR_ARRAY:
        return descend_array(d, pair, ret);
    case PAIR_STRUCT:
        return descend_struct(d, pair, ret);
    case PAIR_HANDLED:
    case PAIR_BAD:
        if (d->offset)
            return xfer_fail(d->x, -LU_EAMBIGUOUS,
                             "leads into something that is not converted member by member");
        *ret = d->base;
        return 0;
    default:
        return descend_leaf(d, pair, ret);
    }
}

/* An exact match must be what the new pointer's type says, too. */
static int check_new_type(struct descent *d)
{
    const struct st_desc *new = d->x->plan->new;
    char is[64], said[64];

    if (!d->new_pointee || plan_is_vague(&new->types[d->new_pointee]) ||
        plan_is_vague(&d->x->plan->old->types[d->old_pointee]) ||
        xfer_types_agree(new, d->exact_new_type, d->new_pointee))
        return 0;
    return xfer_fail(d->x, -LU_EMISMATCH, "would be a pointer to '%s' that leads to '%s'",
                     st_type_print(new, d->new_pointee, said, sizeof(said)),
                     st_type_print(new, d->exact_new_type, is, sizeof(is)));
}

int xfer_map(struct st_xfer *x, uint32_t pair, uint64_t count, uint64_t offset,
             uint32_t old_pointee, uint32_t new_pointee, uint64_t base, uint64_t *ret)
{
    const struct lu_type *t = &x->plan->old->types[old_pointee];
    struct descent d = {.x = x,
                        .old_pointee = old_pointee,
                        .new_pointee = new_pointee,
                        .untyped = t->size == 0,
                        .vague = plan_is_vague(t) || t->kind == LU_T_FUNC,
                        .aggregate = t->kind == LU_T_STRUCT || t->kind == LU_T_UNION,
                        .pair = pair,
                        .offset = offset,
                        .base = base};
    uint64_t size = x->plan->old->types[x->plan->pairs[pair].old_type].size;
    int r = 1;

    if (!offset && x->plan->pairs[pair].old_type == old_pointee &&
        x->plan->pairs[pair].new_type == new_pointee) { /* just what it says */
        *ret = base;
        return 0;
    }

    if (count && size && offset >= count * size)
        return end_of(&d, pair, base + (count - 1) * new_size(&d, pair), ret);
    if (count > 1 && size)
        r = descend_row(&d, pair, offset / size, ret);
    for (unsigned depth = 0; r == 1; depth++) {
        if (depth > ST_MAX_NEST + 2)
            return xfer_fail(x, -LU_ELIMIT, "types are nested too deeply");
        if (!d.pair)
            return xfer_fail(x, -LU_EMISMATCH, "leads to something without a counterpart");
        r = descend(&d, ret);
    }
    if (d.has_wanted) {
        *ret = x->want;
        return 0;
    }
    if (d.refused)
        return d.refused;
    if (d.has_exact) {
        *ret = d.exact;
        return check_new_type(&d);
    }
    if (r < 0 && d.has_outer &&
        xfer_starts_with(x->plan->old, d.outer_type, old_pointee) == FIT_TYPE)
        return r;      /* what it means is what has no place */
    if (d.has_outer) { /* also when nothing is below it: the start is known */
        *ret = d.vague || d.aggregate ? d.outer : d.inner;
        return 0;
    }
    return r;
}
