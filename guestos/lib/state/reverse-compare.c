/* SPDX-License-Identifier: MIT
 *
 * Compares one part of the old state with what came back of it: as the transfer's
 * walk converts it, but with two images of the same layout.
 */
#include "reverse-core.h"
#include "text.h"

#include <stdio.h>

/* --- differences --- */

/* A number as a reader wants to see it. */
static void print_value(const struct st_desc *d, const struct lu_type *t, const uint8_t *raw,
                        char *buf, size_t size)
{
    uint64_t v = 0;
    double real;
    float single;

    memcpy(&v, raw, t->size < 8 ? t->size : 8);
    memcpy(&real, raw, 8);
    memcpy(&single, raw, 4);
    buf[0] = '\0';
    for (uint32_t i = 0; t->kind == LU_T_ENUM && i < t->count && !buf[0]; i++)
        if ((uint64_t)d->enums[t->first + i].value == v)
            st_text_add(buf, size, "%s", st_desc_string(d, d->enums[t->first + i].name));
    if (t->kind == LU_T_FLOAT && t->size <= 8)
        st_text_add(buf, size, "%g", t->size == 4 ? (double)single : real);
    else if (t->kind == LU_T_INT && t->size <= 8)
        st_text_add(buf, size, "%lld",
                    (long long)(int64_t)(v << (64 - t->size * 8)) >> (64 - t->size * 8));
    else if (!buf[0])
        st_text_add(buf, size, "%#llx", (unsigned long long)v);
}

static int lost(struct reverse *v, uint64_t addr, uint32_t type, const uint8_t *old,
                const uint8_t *back, bool may_lose)
{
    const struct lu_type *t = &v->plan->old->types[type];
    char was[64], would[64];

    if (may_lose) {
        v->stats.allowed++;
        return 0;
    }
    xfer_at(&v->a, addr, ST_PATH_LEAF, NULL);
    print_value(v->plan->old, t, old, was, sizeof(was));
    print_value(v->plan->old, t, back, would, sizeof(would));
    return xfer_fail(&v->a, -LU_ELOSS, "is %s, and would come back as %s", was, would);
}

/* --- bytes --- */

/* 1 and *ret_at if bytes differ, 0 if they do not. */
static int first_difference(struct reverse *v, uint64_t addr, uint64_t len, uint64_t *ret_at)
{
    while (len) {
        size_t n = len < REVERSE_CHUNK ? len : REVERSE_CHUNK;
        int r = xfer_read(&v->a, addr, v->old_bytes, n);

        if (r == 0)
            r = xfer_read(&v->b, addr + v->delta, v->back_bytes, n);
        if (r < 0)
            return r;
        if (memcmp(v->old_bytes, v->back_bytes, n) != 0) {
            for (*ret_at = 0; v->old_bytes[*ret_at] == v->back_bytes[*ret_at];)
                ++*ret_at;
            *ret_at += addr;
            return 1;
        }
        addr += n;
        len -= n;
    }
    return 0;
}

int reverse_bytes(struct reverse *v, uint64_t addr, uint64_t len, bool may_lose)
{
    uint64_t at, old, back;
    int r = first_difference(v, addr, len, &at);

    if (r <= 0)
        return r;
    if (may_lose) {
        v->stats.allowed++;
        return 0;
    }
    r = xfer_word(&v->a, at, 1, &old);
    r = r < 0 ? r : xfer_word(&v->b, at + v->delta, 1, &back);
    if (r < 0)
        return r;
    xfer_at(&v->a, at, ST_PATH_LEAF, NULL);
    return xfer_fail(&v->a, -LU_ELOSS, "holds the byte %#x, and would come back with %#x",
                     (unsigned)old, (unsigned)back);
}

static int compare_scalar(struct reverse *v, uint32_t type, uint64_t addr, bool may_lose)
{
    const struct lu_type *t = &v->plan->old->types[type];
    uint8_t old[16] = {0}, back[16] = {0};
    size_t n = t->kind == LU_T_FLOAT && t->size == 16 ? 10 : t->size; /* x87: the rest is padding */
    int r;

    if (n > sizeof(old))
        return reverse_bytes(v, addr, t->size, may_lose);
    r = xfer_read(&v->a, addr, old, n);
    r = r < 0 ? r : xfer_read(&v->b, addr + v->delta, back, n);
    if (r < 0 || memcmp(old, back, n) == 0)
        return r;
    return lost(v, addr, type, old, back, may_lose);
}

/* An enumeration's value as enumerators have it. */
static uint64_t widened(const struct st_desc *d, const struct lu_type *t, uint64_t value)
{
    unsigned unused = 64 - (unsigned)t->size * 8;

    if (d->types[t->ref].kind != LU_T_INT)
        return value;
    return (uint64_t)((int64_t)(value << unused) >> unused);
}

/* Is 0 no enumerator, and the value one whose counterpart is 0? */
static bool becomes_zero(const struct st_plan *p, const struct plan_pair *pair, uint64_t value)
{
    const struct lu_type *a = &p->old->types[pair->old_type];
    const struct lu_type *b = &p->new->types[pair->new_type];
    bool found = false;

    for (uint32_t i = 0; i < a->count; i++) {
        const struct lu_enumerator *e = &p->old->enums[a->first + i];
        const char *to = plan_enumerator_renamed(p, a, plan_old_name(p, e->name));

        if (!e->value)
            return false;
        for (uint32_t k = 0; (uint64_t)e->value == value && k < b->count; k++)
            if (!p->new->enums[b->first + k].value &&
                strcmp(plan_new_name(p, p->new->enums[b->first + k].name), to) == 0)
                found = true;
    }
    return found;
}

/* What was never set is 0, and stays it, though the new version may have a name for that. */
static int compare_enum(struct reverse *v, const struct plan_pair *pair, uint64_t addr,
                        bool may_lose)
{
    const struct lu_type *t = &v->plan->old->types[pair->old_type];
    uint64_t old, back;
    int r = xfer_word(&v->a, addr, (unsigned)t->size, &old);

    r = r < 0 ? r : xfer_word(&v->b, addr + v->delta, (unsigned)t->size, &back);
    if (r < 0)
        return r;
    if (!old && back && becomes_zero(v->plan, pair, widened(v->plan->old, t, back)))
        return 0;
    return compare_scalar(v, pair->old_type, addr, may_lose);
}

static int compare_bits(struct reverse *v, const struct plan_bits *bits, uint64_t addr,
                        uint32_t owner_type, uint64_t owner, const char *name, bool may_lose)
{
    int64_t old = 0, back = 0;
    int r = xfer_bits_get(&v->a, bits, addr, &old);

    r = r < 0 ? r : xfer_bits_get(&v->b, bits, addr + v->delta, &back);
    if (r < 0 || old == back)
        return r;
    if (may_lose) {
        v->stats.allowed++;
        return 0;
    }
    xfer_at(&v->a, owner, owner_type, name);
    return xfer_fail(&v->a, -LU_ELOSS, "is %lld, and would come back as %lld", (long long)old,
                     (long long)back);
}

/* --- values that were copied: by type only to leave padding out and to tell the path --- */

static int compare_type(struct reverse *v, uint32_t type, uint64_t addr, bool may_lose);

static int compare_members(struct reverse *v, uint32_t type, uint64_t addr, bool may_lose)
{
    const struct st_desc *d = v->plan->old;
    const struct lu_type *t = &d->types[type];

    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_member *m = &d->members[t->first + i];
        struct plan_bits bits;
        uint32_t offset;
        int r;

        plan_bits_of(d, m, m->bit_offset, &bits, &offset);
        if (m->bit_size)
            r = compare_bits(v, &bits, addr + offset, type, addr, st_desc_string(d, m->name),
                             may_lose);
        else
            r = compare_type(v, m->type, addr + offset, may_lose);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Nesting by value is at most ST_MAX_NEST deep. */
static int compare_type(struct reverse *v, uint32_t type, uint64_t addr, bool may_lose)
{
    const struct lu_type *t = &v->plan->old->types[type];
    uint64_t at, size = t->kind == LU_T_ARRAY ? v->plan->old->types[t->ref].size : 0;
    int r = first_difference(v, addr, t->size, &at);

    if (r <= 0)
        return r;
    switch (t->kind) {
    case LU_T_STRUCT:
        return compare_members(v, type, addr, may_lose);
    case LU_T_UNION:
        return reverse_bytes(v, addr, t->size, may_lose);
    case LU_T_ARRAY: /* from where they differ */
        for (uint64_t i = (at - addr) / size; i < t->count; i++) {
            r = compare_type(v, t->ref, addr + i * size, may_lose);
            if (r < 0)
                return r;
        }
        return 0;
    default:
        return compare_scalar(v, type, addr, may_lose);
    }
}

/* --- pointers --- */

static void print_target(struct st_xfer *x, uint64_t value, char *buf, size_t size)
{
    buf[0] = '\0';
    if (!value)
        st_text_add(buf, size, "nothing");
    else if (st_desc_path(x->plan->old, value, buf, size) < 0)
        snprintf(buf, size, "%#llx", (unsigned long long)value);
}

static int astray(struct reverse *v, uint64_t addr, uint64_t old, uint64_t back)
{
    char was[80], would[80];

    print_target(&v->a, old, was, sizeof(was));
    print_target(&v->b, back, would, sizeof(would));
    xfer_at(&v->a, addr, ST_PATH_LEAF, NULL);
    return xfer_fail(&v->a, -LU_ELOSS, "leads to %s, and would come back leading to %s", was,
                     would);
}

/* Bytes of an object that must be there again. */
static uint64_t needed(const struct reverse *v, const struct xfer_span *s)
{
    if (s->flags & SPAN_FLEXIBLE)
        return v->plan->old->types[s->old_type].size;
    return (s->flags & SPAN_ARRAY) && !(s->flags & SPAN_COUNTED) ? s->old_head : s->old_size;
}

/* Do these heap objects correspond?  They do from now on, if neither has another partner. */
static int match(struct reverse *v, const struct place *p, uint64_t from, uint64_t back, bool *ret)
{
    struct xfer_moved *m = &p->span->moved[p->index];
    struct place q;
    int r;

    *ret = m->to == back;
    if (m->to)
        return 0;
    r = xfer_place(&v->b, back, &q);
    if (r < 0 || q.kind != PLACE_HEAP || q.base != back || q.size < needed(v, p->span) ||
        q.span->moved[q.index].to)
        return r;
    m->to = (uint32_t)back;
    m->from = (uint32_t)from;
    q.span->moved[q.index].to = (uint32_t)p->base;
    v->stats.objects++;
    v->stats.bytes += p->size;
    *ret = true;
    return xfer_log_add(&v->a, &v->a.log, p->base);
}

/* The same text, wherever it lies. */
static int same_literal(struct reverse *v, const struct place *p, uint64_t back, bool *ret)
{
    uint64_t delta = v->delta, at;
    struct place q;
    int r = xfer_place(&v->b, back, &q);

    *ret = false;
    if (r < 0 || (q.kind != PLACE_LITERAL && q.kind != PLACE_HEAP) || back - q.base > q.size ||
        p->size > q.size - (back - q.base))
        return r;
    v->delta = back - p->base;
    r = first_difference(v, p->base, p->size, &at);
    v->delta = delta;
    *ret = r == 0;
    return r < 0 ? r : 0;
}

static int compare_target(struct reverse *v, uint64_t addr, uint32_t pointee, uint64_t old,
                          uint64_t back)
{
    bool same = old == back;
    struct place p;
    int r;

    if (!old || !back)
        return same ? 0 : astray(v, addr, old, back);
    xfer_at(&v->a, addr, 0, NULL);
    r = xfer_meant(&v->a, old, pointee, &p);
    if (r == 0 && p.kind == PLACE_HEAP)
        r = match(v, &p, addr, back - (old - p.base), &same);
    else if (r == 0 && p.kind == PLACE_LITERAL && !same)
        r = same_literal(v, &p, back - (old - p.base), &same);
    if (r < 0)
        return r;
    return same ? 0 : astray(v, addr, old, back);
}

static int compare_pointer(struct reverse *v, const struct plan_pair *pair, uint64_t addr)
{
    const struct lu_type *t = &v->plan->old->types[pair->old_type];
    bool is_pointer = t->kind == LU_T_PTR || t->kind == LU_T_UNION;
    uint64_t old = 0, back = 0;
    int r = xfer_word(&v->a, addr, (unsigned)t->size, &old);

    r = r < 0 ? r : xfer_word(&v->b, addr + v->delta, (unsigned)t->size, &back);
    if (r < 0)
        return r;
    if (!is_pointer && (old < LU_VA_IMAGE || old >= LU_VA_STACK_TOP)) /* PXFER: a number now */
        return compare_scalar(v, pair->old_type, addr, false);
    return compare_target(v, addr, t->kind == LU_T_PTR ? t->ref : 0, old, back);
}

/* --- parts --- */

static int frame_push(struct reverse *v, const struct reverse_frame *f)
{
    if (v->depth >= sizeof(v->frames) / sizeof(v->frames[0]))
        return xfer_fail(&v->a, -LU_ELIMIT, "types are nested too deeply");
    v->frames[v->depth++] = *f;
    return 0;
}

/* Elements that both versions have; the others were empty, or may be lost. */
static int compare_array(struct reverse *v, uint32_t index, uint64_t addr, bool may_lose)
{
    const struct plan_pair *pair = &v->plan->pairs[index];
    struct plan_array a = plan_array(v->plan->old, pair->old_type);
    struct plan_array b = plan_array(v->plan->new, pair->new_type);
    uint64_t size = a.size, n = a.count, at;
    int r = 1;

    if (!size || !b.size)
        return 0;
    if (!a.count)
        n = v->a.object.old_end > addr ? (v->a.object.old_end - addr) / size : 0;
    if (b.count && n > b.count) {
        n = b.count;
        v->stats.exempt++;
    }
    if (v->plan->pairs[pair->inner].flags & PAIR_COPY)
        r = first_difference(v, addr, n * size, &at);
    if (r <= 0)
        return r;
    return frame_push(
        v, &(struct reverse_frame){
               .pair = index, .addr = addr, .n = n, .stride = size, .may_lose = may_lose});
}

static int compare_shared(struct reverse *v, const struct plan_pair *pair, uint64_t addr,
                          bool may_lose)
{
    uint64_t a = v->plan->old->types[pair->old_type].size;
    uint64_t b = v->plan->new->types[pair->new_type].size;

    return reverse_bytes(v, addr, a < b ? a : b, may_lose);
}

static int visit(struct reverse *v, uint32_t index, uint64_t addr, bool may_lose)
{
    const struct plan_pair *pair = &v->plan->pairs[index];

    if (!index || pair->handler || pair->kind == PAIR_HANDLED || pair->kind == PAIR_NONE) {
        v->stats.exempt++;
        return 0;
    }
    if (pair->flags & PAIR_COPY)
        return compare_type(v, pair->old_type, addr, may_lose);
    switch (pair->kind) {
    case PAIR_SCALAR:
        return compare_scalar(v, pair->old_type, addr, may_lose);
    case PAIR_ENUM:
        return compare_enum(v, pair, addr, may_lose);
    case PAIR_PTR:
        return compare_pointer(v, pair, addr);
    case PAIR_UNION:
        return pair->flags & PAIR_ALLPTR ? compare_pointer(v, pair, addr)
                                         : compare_shared(v, pair, addr, may_lose);
    case PAIR_BITS:
        return compare_shared(v, pair, addr, may_lose);
    case PAIR_ARRAY:
        return compare_array(v, index, addr, may_lose);
    case PAIR_STRUCT:
        return frame_push(v,
                          &(struct reverse_frame){
                              .pair = index, .addr = addr, .n = pair->n_ops, .may_lose = may_lose});
    default:
        return xfer_fail(&v->a, -LU_EMISMATCH, "can't be compared");
    }
}

/* --- operations of a structure --- */

static int compare_tagged(struct reverse *v, const struct reverse_frame *f,
                          const struct plan_op *op, bool may_lose)
{
    int64_t tag;
    int r = xfer_bits_get(&v->a, &op->old, f->addr + op->tag_off, &tag);

    for (uint32_t i = 0; i < op->n && r == 0; i++) {
        const struct plan_op *variant = &v->plan->ops[op->first + i];

        if (variant->value != tag)
            continue;
        if (variant->pair)
            return visit(v, variant->pair, f->addr + op->old_off, may_lose);
        v->stats.exempt++; /* was empty, or may be lost */
        return 0;
    }
    return r;
}

/* Does a rule put a value over what this operation transferred? */
static bool is_overruled(const struct st_plan *p, const struct plan_pair *pair,
                         const struct plan_op *op)
{
    for (uint32_t i = pair->n_ops; i-- > 0;) {
        const struct plan_op *value = &p->ops[pair->first_op + i];

        if (value->kind != OP_VALUE)
            return false; /* they are the last ones */
        if (value->new_off == op->new_off && value->new.shift == op->new.shift)
            return true;
    }
    return false;
}

static int compare_op(struct reverse *v, const struct reverse_frame *f, const struct plan_op *op)
{
    const struct plan_pair *pair = &v->plan->pairs[f->pair];
    bool may_lose = f->may_lose || (op->flags & OP_MAY_LOSE);
    const char *name = plan_old_name(v->plan, v->plan->old->members[op->member].name);
    int r = 0;

    if (op->kind == OP_VALUE || op->kind == OP_VARIANT)
        return 0;
    if (op->kind == OP_DROP || op->kind == OP_KEEP || is_overruled(v->plan, pair, op)) {
        v->stats.exempt++;
        return 0;
    }
    if (op->flags & OP_LENGTH)
        r = xfer_length(&v->a, op, f->addr);
    if (r < 0)
        return r;
    switch (op->kind) {
    case OP_PAIR:
        return visit(v, op->pair, f->addr + op->old_off, may_lose);
    case OP_TAGGED:
        return compare_tagged(v, f, op, may_lose);
    case OP_BITS:
        return compare_bits(v, &op->old, f->addr + op->old_off, pair->old_type, f->addr, name,
                            may_lose);
    default: /* OP_COPY */
        return reverse_bytes(v, f->addr + op->old_off, op->len, may_lose);
    }
}

int reverse_walk(struct reverse *v, uint32_t pair, uint64_t addr, bool may_lose)
{
    int r;

    v->depth = 0;
    r = visit(v, pair, addr, may_lose);
    while (r == 0 && v->depth) {
        struct reverse_frame *f = &v->frames[v->depth - 1];
        const struct plan_pair *p = &v->plan->pairs[f->pair];
        uint64_t i = f->i++;

        if (i >= f->n)
            v->depth--;
        else if (p->kind == PAIR_ARRAY)
            r = visit(v, p->inner, f->addr + i * f->stride, f->may_lose);
        else
            r = compare_op(v, f, &v->plan->ops[p->first_op + i]);
    }
    return r;
}
