/* SPDX-License-Identifier: MIT
 *
 * Pairs of types: made on demand, compiled from a work list, then classified.
 */
#include "plan-core.h"

#define MAX_PAIRS (1u << 20)

enum pair_mode plan_mode(const struct st_plan *p, uint32_t old_type, uint32_t new_type,
                         uint32_t flags, enum pair_mode outer)
{
    if (!(flags & (LU_A_SXFER | LU_A_PXFER)))
        flags = p->old->types[old_type].flags | p->new->types[new_type].flags;
    if (flags & LU_A_SXFER)
        return MODE_PLAIN;
    if (flags & LU_A_PXFER)
        return MODE_POINTER;
    return outer;
}

bool plan_is_integer(const struct lu_type *t)
{
    return t->kind == LU_T_INT || t->kind == LU_T_UINT || t->kind == LU_T_CHAR ||
           t->kind == LU_T_BOOL || t->kind == LU_T_ENUM;
}

bool plan_is_number(const struct lu_type *t)
{
    return plan_is_integer(t) || t->kind == LU_T_FLOAT;
}

static uint32_t hash_of(const struct st_plan *p, uint32_t a, uint32_t b, uint32_t mode)
{
    return (a * 2654435761u ^ b * 2246822519u ^ mode * 3266489917u) % p->n_hash;
}

uint32_t plan_pair_get(struct st_plan *p, uint32_t old_type, uint32_t new_type, enum pair_mode mode,
                       enum pair_link link, uint32_t parent, uint32_t member)
{
    uint32_t slot = hash_of(p, old_type, new_type, mode), i;
    struct plan_pair *grown;

    for (i = p->hash[slot]; i; i = p->pairs[i].chain)
        if (p->pairs[i].old_type == old_type && p->pairs[i].new_type == new_type &&
            p->pairs[i].mode == mode)
            return i;
    if (p->error)
        return 0;
    grown = p->n_pairs < MAX_PAIRS
                ? st_mem_grow(&p->mem, p->pairs, p->n_pairs, &p->cap_pairs, sizeof(*p->pairs))
                : NULL;
    if (!grown) {
        plan_no_memory(p);
        return 0;
    }
    p->pairs = grown;
    i = p->n_pairs++;
    p->pairs[i] = (struct plan_pair){.old_type = old_type,
                                     .new_type = new_type,
                                     .mode = (uint8_t)mode,
                                     .link = (uint8_t)link,
                                     .parent = parent,
                                     .parent_member = member,
                                     .chain = p->hash[slot]};
    p->hash[slot] = i;
    return i;
}

/* --- scalars --- */

/* Every old enumerator exists in the new version, with the same value. */
static bool enum_is_subset(const struct st_plan *p, const struct lu_type *a,
                           const struct lu_type *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        const struct lu_enumerator *e = &p->old->enums[a->first + i];
        const char *to = plan_enumerator_renamed(p, a, plan_old_name(p, e->name));
        bool found = false;

        for (uint32_t k = 0; k < b->count && !found; k++)
            found = p->new->enums[b->first + k].value ==
                    e->value &&strcmp(plan_new_name(p, p->new->enums[b->first + k].name), to) == 0;
        if (!found)
            return false;
    }
    return true;
}

static bool is_signed(const struct st_desc *d, const struct lu_type *t)
{
    if (t->kind == LU_T_ENUM)
        return d->types[t->ref].kind == LU_T_INT;
    return t->kind == LU_T_INT || t->kind == LU_T_CHAR;
}

static bool same_bits(const struct st_plan *p, const struct lu_type *a, const struct lu_type *b)
{
    if (a->size != b->size || (a->kind == LU_T_BOOL) != (b->kind == LU_T_BOOL))
        return false;
    if (a->kind == LU_T_FLOAT || b->kind == LU_T_FLOAT) /* two formats have 16 bytes */
        return a->kind == b->kind &&
               (a->size == 4 || a->size == 8 ||
                strcmp(plan_old_name(p, a->name), plan_new_name(p, b->name)) == 0);
    return is_signed(p->old, a) == is_signed(p->new, b);
}

/* Can its values be read and written?  Not __int128, _Float16, __float128. */
static bool is_convertible(const struct st_desc *d, const struct lu_type *t)
{
    if (t->kind != LU_T_FLOAT)
        return t->size <= 8;
    return t->size == 4 || t->size == 8 || strcmp(st_desc_string(d, t->name), "long double") == 0 ||
           strcmp(st_desc_string(d, t->name), "float of long double") == 0;
}

static void compile_number(struct st_plan *p, struct plan_pair *pair, const struct lu_type *a,
                           const struct lu_type *b)
{
    pair->kind = PAIR_SCALAR;
    if (a->kind == LU_T_ENUM && b->kind == LU_T_ENUM && !enum_is_subset(p, a, b))
        pair->kind = PAIR_ENUM;
    else if (same_bits(p, a, b))
        pair->flags |= PAIR_COPY | PAIR_SHAPE;
    else if (!is_convertible(p->old, a) || !is_convertible(p->new, b))
        pair->kind = PAIR_BAD;
}

/* --- pointers --- */

bool plan_is_vague(const struct lu_type *t)
{
    return t->kind == LU_T_VOID || t->kind == LU_T_OPAQUE ||
           (t->size == 1 && (t->kind == LU_T_CHAR || t->kind == LU_T_UINT || t->kind == LU_T_INT));
}

/* Incomplete, and named: another structure's pointer is another type. */
static bool is_declared(const struct lu_type *t)
{
    return t->kind == LU_T_OPAQUE && t->name;
}

/* Can "pointer to a" become "pointer to b", and do the pointees form a pair? */
static bool pointees_fit(const struct st_plan *p, const struct lu_type *a, const struct lu_type *b,
                         bool *ret_compile)
{
    *ret_compile = false;
    if ((is_declared(a) && (is_declared(b) || !plan_is_vague(b))) ||
        (is_declared(b) && !plan_is_vague(a)))
        return a->name && b->name && plan_tags_match(p, a, b);
    if (plan_is_number(a) && plan_is_number(b)) {
        *ret_compile = true; /* an array of them on the heap may be converted */
        return true;
    }
    if (plan_is_vague(a) || plan_is_vague(b))
        return true;
    if ((a->kind == LU_T_STRUCT || a->kind == LU_T_UNION) && a->kind == b->kind) {
        if (a->name && b->name && !plan_tags_match(p, a, b))
            return false;
        *ret_compile = true;
        return true;
    }
    *ret_compile = a->kind == b->kind && a->kind != LU_T_FUNC;
    return a->kind == b->kind;
}

static void compile_pointer(struct st_plan *p, uint32_t index, const struct lu_type *a,
                            const struct lu_type *b)
{
    struct plan_pair *pair = &p->pairs[index];
    bool compile;
    uint32_t inner;

    if (pair->mode == MODE_PLAIN) {
        pair->kind = PAIR_SCALAR;
        if (a->size == b->size)
            pair->flags |= PAIR_COPY | PAIR_SHAPE;
        return;
    }
    pair->kind = PAIR_PTR;
    pair->flags |= PAIR_TRACE;
    if (a->kind != LU_T_PTR || b->kind != LU_T_PTR) {
        if (a->size == b->size)
            pair->flags |= PAIR_SHAPE;
        return;
    }
    pair->flags |= PAIR_SHAPE;
    if (!pointees_fit(p, &p->old->types[a->ref], &p->new->types[b->ref], &compile)) {
        pair->kind = PAIR_BAD;
    } else if (compile) {
        enum pair_mode mode = plan_mode(p, a->ref, b->ref, 0, MODE_NORMAL);

        inner = plan_pair_get(p, a->ref, b->ref, mode, LINK_POINTEE, index, 0);
        p->pairs[index].inner = inner;
    }
}

/* --- everything --- */

static const struct st_handler *handler_of(const struct st_plan *p, const struct lu_type *b)
{
    const struct st_handler *h = p->rules.handlers;

    for (; h && h->kind; h++)
        if (h->kind == ST_HANDLER_TYPE && b->name &&
            strcmp(h->name, plan_new_name(p, b->name)) == 0)
            return h;
    return NULL;
}

static const struct lu_type *innermost(const struct st_desc *d, uint32_t type)
{
    while (d->types[type].kind == LU_T_ARRAY) /* nests at most ST_MAX_NEST deep */
        type = d->types[type].ref;
    return &d->types[type];
}

/* May an object become an array of such objects, or one of an array stay?  An array does
 * not become a pointer. */
static bool elements_fit(const struct st_plan *p, const struct plan_pair *pair)
{
    const struct lu_type *a = innermost(p->old, pair->old_type),
                         *b = innermost(p->new, pair->new_type);

    return a->kind == b->kind || (plan_is_number(a) && plan_is_number(b));
}

static void compile_array(struct st_plan *p, uint32_t index)
{
    struct plan_pair *pair = &p->pairs[index];
    struct plan_array a = plan_array(p->old, pair->old_type),
                      b = plan_array(p->new, pair->new_type);
    enum pair_mode mode;
    uint32_t inner;

    pair->kind = PAIR_ARRAY;
    if (a.count == b.count && a.size == b.size)
        pair->flags |= PAIR_COPY | PAIR_SHAPE;
    if (!a.count || !b.count)
        pair->flags |= PAIR_FLEXIBLE;
    mode = plan_mode(p, a.element, b.element, 0, (enum pair_mode)pair->mode);
    inner = plan_pair_get(p, a.element, b.element, mode, LINK_ELEMENT, index, 0);
    p->pairs[index].inner = inner;
}

static void compile_aggregate(struct st_plan *p, uint32_t index, const struct lu_type *a,
                              const struct lu_type *b)
{
    struct plan_pair *pair = &p->pairs[index];

    if (a->name && b->name && !plan_tags_match(p, a, b)) {
        pair->kind = PAIR_BAD;
    } else if (a->kind == LU_T_STRUCT) {
        pair->kind = PAIR_STRUCT;
        plan_struct_compile(p, index);
    } else {
        pair->kind = PAIR_UNION;
        plan_union_compile(p, index);
    }
}

/* Pointers, or integers that an annotation says are used as such. */
static bool are_pointers(const struct plan_pair *pair, const struct lu_type *a,
                         const struct lu_type *b)
{
    bool marked = pair->mode != MODE_NORMAL;

    if (plan_is_integer(a) && plan_is_integer(b))
        return pair->mode == MODE_POINTER;
    return (a->kind == LU_T_PTR || (marked && plan_is_integer(a))) &&
           (b->kind == LU_T_PTR || (marked && plan_is_integer(b)));
}

static void compile(struct st_plan *p, uint32_t index)
{
    struct plan_pair *pair = &p->pairs[index];
    const struct lu_type *a = &p->old->types[pair->old_type];
    const struct lu_type *b = &p->new->types[pair->new_type];
    bool array = a->kind == LU_T_ARRAY || b->kind == LU_T_ARRAY;

    pair->handler = handler_of(p, b);
    if (pair->handler && pair->handler->instead)
        pair->kind = PAIR_HANDLED;
    else if ((a->flags | b->flags) & LU_A_NOXFER)
        pair->kind = PAIR_NONE;
    else if ((a->flags | b->flags) & LU_A_IXFER)
        pair->kind = PAIR_BITS;
    else if (are_pointers(pair, a, b))
        compile_pointer(p, index, a, b);
    else if (plan_is_number(a) && plan_is_number(b))
        compile_number(p, pair, a, b);
    else if (array && (a->kind == b->kind || elements_fit(p, pair)))
        compile_array(p, index);
    else if (a->kind == b->kind && (a->kind == LU_T_STRUCT || a->kind == LU_T_UNION))
        compile_aggregate(p, index, a, b);
    else /* void, function, incomplete */
        pair->kind = a->kind == b->kind ? PAIR_NONE : PAIR_BAD;
    if (p->pairs[index].kind == PAIR_BITS && a->size == b->size)
        p->pairs[index].flags |= PAIR_COPY | PAIR_SHAPE;
    if (p->pairs[index].handler) /* a union's bits may be moved before its handler looks */
        p->pairs[index].flags &=
            (uint8_t)~(p->pairs[index].kind == PAIR_UNION ? PAIR_COPY : PAIR_COPY | PAIR_SHAPE);
}

void plan_pairs_compile(struct st_plan *p, uint32_t from)
{
    for (uint32_t i = from; i < p->n_pairs && !p->error; i++) {
        if (p->pairs[i].flags & PAIR_VISITED)
            continue;
        p->pairs[i].flags |= PAIR_VISITED;
        compile(p, i);
    }
}

/* --- flags that come from the parts --- */

#define FROM_ALL (PAIR_COPY | PAIR_SHAPE) /* kept only if every part has it */
#define FROM_ANY PAIR_TRACE               /* set if any part has it */

static uint8_t with_part(uint8_t flags, const struct plan_pair *part)
{
    flags &= (uint8_t)(part->flags | ~FROM_ALL);
    if (part->flags & PAIR_RESIZED)
        flags &= (uint8_t)~FROM_ALL;
    return (uint8_t)(flags | (part->flags & FROM_ANY));
}

static uint8_t flags_of(const struct st_plan *p, const struct plan_pair *pair)
{
    uint8_t flags = pair->flags;

    if (pair->kind == PAIR_ARRAY)
        flags = with_part(flags, &p->pairs[pair->inner]);
    if (pair->kind == PAIR_HANDLED || pair->handler)
        flags |= PAIR_TRACE; /* it may ask for anything */
    if (pair->kind != PAIR_STRUCT && pair->kind != PAIR_UNION)
        return flags;
    for (uint32_t i = 0; i < pair->n_ops; i++) {
        const struct plan_op *op = &p->ops[pair->first_op + i];
        if (op->kind == OP_PAIR || op->kind == OP_VARIANT || op->kind == OP_BITS)
            flags = with_part(flags, &p->pairs[op->pair]);
        if (op->flags & OP_LENGTH) /* to be looked at */
            flags = (uint8_t)((flags & ~PAIR_COPY) | PAIR_TRACE);
        if (i + 1 == pair->n_ops && op->kind == OP_PAIR)
            flags |= p->pairs[op->pair].flags & PAIR_FLEXIBLE;
    }
    if (pair->kind == PAIR_UNION && !(flags & PAIR_COPY))
        flags |= PAIR_TRACE;
    return flags;
}

/* A union can only be moved by its bits, as one pointer, or by a tag (its parent's business). */
static void judge_union(struct plan_pair *pair)
{
    if (!(pair->flags & (PAIR_SHAPE | PAIR_ALLPTR)))
        pair->kind = PAIR_BAD;
}

void plan_pairs_flags(struct st_plan *p)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (uint32_t i = p->n_pairs; i-- > 1;) {
            uint8_t flags = flags_of(p, &p->pairs[i]);
            if (flags != p->pairs[i].flags) {
                p->pairs[i].flags = flags;
                changed = true;
            }
        }
    }
    for (uint32_t i = 1; i < p->n_pairs; i++)
        if (p->pairs[i].kind == PAIR_UNION)
            judge_union(&p->pairs[i]);
}
