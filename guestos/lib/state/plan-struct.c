/* SPDX-License-Identifier: MIT
 *
 * Compiles pairs of structures and unions: members by name, members of anonymous
 * structures as if they were the outer one's, anonymous unions by their order.
 */
#include "desc-tag.h"
#include "plan-core.h"

/* A member as the outer structure sees it. */
struct flat {
    const struct lu_member *m;
    const char *name;
    uint64_t bit_offset;
    uint32_t ordinal; /* among the nameless */
};

struct flat_list {
    struct flat *items;
    uint32_t n, cap, nameless;
};

static void flatten(struct st_plan *p, const struct st_desc *d, const struct lu_type *t,
                    uint64_t bit_offset, struct flat_list *list)
{
    for (uint32_t i = 0; i < t->count && !p->error; i++) {
        const struct lu_member *m = &d->members[t->first + i];
        const struct lu_type *of = &d->types[m->type];
        struct flat *grown;

        if (!m->name && !m->bit_size && of->kind == LU_T_STRUCT) { /* at most ST_MAX_NEST deep */
            flatten(p, d, of, bit_offset + m->bit_offset, list);
            continue;
        }
        if (!m->name && m->bit_size)
            continue; /* padding */
        grown = st_mem_grow(&p->mem, list->items, list->n, &list->cap, sizeof(*list->items));
        if (!grown) {
            p->error = -LU_ENOMEM;
            return;
        }
        list->items = grown;
        list->items[list->n++] = (struct flat){
            .m = m,
            .name = st_desc_string(d, m->name),
            .bit_offset = bit_offset + m->bit_offset,
            .ordinal = m->name ? 0 : list->nameless++,
        };
    }
}

static void flat_free(struct st_plan *p, struct flat_list *list)
{
    st_mem_free_array(&p->mem, list->items, list->cap, sizeof(*list->items));
}

static const struct flat *flat_find(const struct flat_list *list, const char *name,
                                    uint32_t ordinal, uint32_t hint)
{
    for (uint32_t k = 0; k < list->n; k++) {
        const struct flat *f = &list->items[(hint + k) % list->n];
        if (strcmp(f->name, name) == 0 && (*name || f->ordinal == ordinal))
            return f;
    }
    return NULL;
}

struct plan_op *plan_op_new(struct st_plan *p)
{
    struct plan_op *grown = st_mem_grow(&p->mem, p->ops, p->n_ops, &p->cap_ops, sizeof(*p->ops));

    if (!grown) {
        p->error = -LU_ENOMEM;
        return NULL;
    }
    p->ops = grown;
    p->ops[p->n_ops] = (struct plan_op){0};
    return &p->ops[p->n_ops++];
}

void plan_bits_of(const struct st_desc *d, const struct lu_member *m, uint64_t bit_offset,
                  struct plan_bits *ret, uint32_t *ret_off)
{
    const struct lu_type *t = &d->types[m->type];

    *ret_off = (uint32_t)(bit_offset / 8);
    *ret = (struct plan_bits){
        .shift = (uint32_t)(bit_offset % 8),
        .width = m->bit_size,
        .size = (uint8_t)t->size,
        .is_signed = t->kind == LU_T_INT || t->kind == LU_T_CHAR ||
                     (t->kind == LU_T_ENUM && d->types[t->ref].kind == LU_T_INT),
        .is_bool = t->kind == LU_T_BOOL,
    };
}

/* Everything about the structure pair that is being compiled. */
struct work {
    struct st_plan *p;
    uint32_t pair;
    const char *owner; /* old tag */
    struct flat_list old, new;
    bool same; /* so far the layouts are the same */
};

static struct plan_op *op_add(struct work *w, enum op_kind kind, const struct flat *a,
                              const struct flat *b)
{
    struct plan_op *op = plan_op_new(w->p);

    if (!op)
        return NULL;
    op->kind = (uint8_t)kind;
    op->old_off = a ? (uint32_t)(a->bit_offset / 8) : 0;
    op->new_off = b ? (uint32_t)(b->bit_offset / 8) : 0;
    op->member = a ? (uint32_t)(a->m - w->p->old->members) : 0;
    return op;
}

static uint32_t size_of_old(const struct work *w, const struct flat *a)
{
    return (uint32_t)w->p->old->types[a->m->type].size;
}

static void add_drop(struct work *w, const struct flat *a)
{
    struct plan_op *op = op_add(w, OP_DROP, a, NULL);

    w->same = false;
    if (!op)
        return;
    op->len = size_of_old(w, a);
    if (plan_rule_member(w->p, ST_RULE_DROP, w->owner, a->name) >= 0)
        op->flags |= OP_MAY_LOSE;
    if (a->m->bit_size)
        plan_bits_of(w->p->old, a->m, a->bit_offset, &op->old, &op->old_off);
}

static void add_copy(struct work *w, const struct flat *a, const struct flat *b)
{
    uint32_t from = size_of_old(w, a), to = (uint32_t)w->p->new->types[b->m->type].size;
    struct plan_op *op = op_add(w, OP_COPY, a, b);

    if (op)
        op->len = from < to ? from : to;
    if (from > to && (op = op_add(w, OP_DROP, a, NULL))) {
        op->old_off += to;
        op->len = from - to;
        if (plan_rule_member(w->p, ST_RULE_TRUNCATE, w->owner, a->name) >= 0)
            op->flags |= OP_MAY_LOSE;
    }
    w->same &= from == to && a->bit_offset == b->bit_offset;
}

static void add_bits(struct work *w, const struct flat *a, const struct flat *b)
{
    struct plan_op *op = op_add(w, OP_BITS, a, b);

    if (!op)
        return;
    plan_bits_of(w->p->old, a->m, a->bit_offset, &op->old, &op->old_off);
    plan_bits_of(w->p->new, b->m, b->bit_offset, &op->new, &op->new_off);
    if (plan_rule_member(w->p, ST_RULE_TRUNCATE, w->owner, a->name) >= 0)
        op->flags |= OP_MAY_LOSE;
    w->same &= a->bit_offset == b->bit_offset && a->m->bit_size == b->m->bit_size &&
               op->old.is_signed == op->new.is_signed && op->old.is_bool == op->new.is_bool &&
               op->old.size == op->new.size;
}

/* --- LU_LEN --- */

/* The old member that becomes this new one. */
static const struct flat *flat_before(const struct work *w, const struct flat *b)
{
    for (uint32_t i = 0; i < w->old.n; i++) {
        const struct flat *a = &w->old.items[i];

        if (*a->name &&
            flat_find(&w->new, plan_renamed(w->p, ST_RULE_RENAME_MEMBER, w->owner, a->name), 0,
                      i) == b)
            return a;
    }
    return NULL;
}

/* The old member that counts elements: the old version says, or else the new one. */
static const struct flat *count_of(const struct work *w, const struct flat *a, const struct flat *b)
{
    const struct flat *n = NULL;
    const struct lu_type *t;

    if (a->m->flags & LU_A_LEN)
        n = flat_find(&w->old, plan_old_name(w->p, a->m->aux), 0, 0);
    else if (b->m->flags & LU_A_LEN)
        n = flat_find(&w->new, plan_new_name(w->p, b->m->aux), 0, 0);
    if (n && !(a->m->flags & LU_A_LEN))
        n = flat_before(w, n);
    t = n ? &w->p->old->types[n->m->type] : NULL;
    return t && plan_is_integer(t) && t->size <= 8 ? n : NULL;
}

/* How the elements behind a pointer are converted; 0: they are bytes to us. */
static uint32_t element_pair(struct work *w, const struct lu_type *a, const struct lu_type *b,
                             uint32_t pointer)
{
    const struct lu_type *from = &w->p->old->types[a->ref], *to = &w->p->new->types[b->ref];

    if (a->kind != LU_T_PTR || b->kind != LU_T_PTR || !from->size || !to->size)
        return 0;
    return plan_pair_get(w->p, a->ref, b->ref, plan_mode(w->p, a->ref, b->ref, 0, MODE_NORMAL),
                         LINK_POINTEE, pointer, 0);
}

static void add_length(struct work *w, struct plan_op *op, const struct flat *a,
                       const struct flat *b)
{
    const struct lu_type *ta = &w->p->old->types[a->m->type], *tb = &w->p->new->types[b->m->type];
    const struct flat *n = count_of(w, a, b);

    if (!n || w->p->error || w->p->pairs[w->pair].kind != PAIR_STRUCT ||
        w->p->pairs[op->pair].mode == MODE_PLAIN ||
        !(ta->kind == LU_T_PTR || (ta->kind == LU_T_ARRAY && !ta->count)))
        return;
    plan_bits_of(w->p->old, n->m, n->bit_offset, &op->old, &op->tag_off);
    op->flags |= OP_LENGTH;
    op->first = element_pair(w, ta, tb, op->pair);
}

static void add_pair(struct work *w, const struct flat *a, const struct flat *b,
                     enum pair_mode mode)
{
    uint32_t pair = plan_pair_get(w->p, a->m->type, b->m->type, mode, LINK_MEMBER, w->pair,
                                  (uint32_t)(a->m - w->p->old->members));
    struct plan_op *op = op_add(w, OP_PAIR, a, b);

    if (!op)
        return;
    op->pair = pair;
    if (plan_rule_member(w->p, ST_RULE_TRUNCATE, w->owner, a->name) >= 0)
        op->flags |= OP_MAY_LOSE;
    add_length(w, op, a, b);
    w->same &= a->bit_offset == b->bit_offset &&
               w->p->old->types[a->m->type].size == w->p->new->types[b->m->type].size;
}

/* A member that stays as the new version made it. */
static void add_keep(struct work *w, const struct flat *a, const struct flat *b)
{
    struct plan_op *op;

    w->same = false;
    if (!b || a->m->bit_size || b->m->bit_size)
        return;
    op = op_add(w, OP_KEEP, a, b);
    if (op)
        op->len = size_of_old(w, a) == w->p->new->types[b->m->type].size ? size_of_old(w, a) : 1;
}

/* --- tagged unions --- */

static const struct lu_member *variant_find(const struct st_plan *p, const struct lu_type *u,
                                            const char *name)
{
    for (uint32_t i = 0; i < u->count; i++)
        if (strcmp(plan_new_name(p, p->new->members[u->first + i].name), name) == 0)
            return &p->new->members[u->first + i];
    return NULL;
}

static void add_variant(struct work *w, const struct flat *a, const struct flat *b,
                        const struct lu_type *tag_type, uint32_t i)
{
    struct st_plan *p = w->p;
    const struct lu_type *ua = &p->old->types[a->m->type], *ub = &p->new->types[b->m->type];
    const struct lu_member *va = &p->old->members[ua->first + i], *vb;
    const char *owner = plan_old_name(p, ua->name);
    struct plan_op *op;
    uint32_t pair = 0;
    int64_t value;

    vb = variant_find(p, ub,
                      plan_renamed(p, ST_RULE_RENAME_MEMBER, owner, plan_old_name(p, va->name)));
    if (!desc_tag_value(p->old, va, tag_type, i, &value))
        vb = NULL;
    if (vb)
        pair = plan_pair_get(p, va->type, vb->type,
                             plan_mode(p, va->type, vb->type, va->flags | vb->flags,
                                       (enum pair_mode)p->pairs[w->pair].mode),
                             LINK_MEMBER, w->pair, (uint32_t)(va - p->old->members));
    op = op_add(w, OP_VARIANT, a, b);
    if (!op)
        return;
    op->pair = pair; /* 0: no counterpart */
    op->value = value;
    op->member = (uint32_t)(va - p->old->members);
    op->len = (uint32_t)p->old->types[va->type].size;
}

/* False if nothing says which variant is in use. */
static bool add_tagged(struct work *w, const struct flat *a, const struct flat *b)
{
    const struct lu_type *u = &w->p->old->types[a->m->type];
    char name[128];
    const struct flat *tag;
    struct plan_op *op;
    uint32_t at;

    if (u->kind != LU_T_UNION || !desc_tag_name(w->p->old, a->m, name, sizeof(name)))
        return false;
    tag = flat_find(&w->old, name, 0, 0);
    if (!tag || !plan_is_integer(&w->p->old->types[tag->m->type]) ||
        w->p->old->types[tag->m->type].size > 8)
        return false;
    at = w->p->n_ops;
    op = op_add(w, OP_TAGGED, a, b);
    if (!op)
        return true;
    plan_bits_of(w->p->old, tag->m, tag->bit_offset, &op->old, &op->tag_off);
    op->len = size_of_old(w, a);
    op->first = at + 1;
    op->n = u->count;
    for (uint32_t i = 0; i < u->count; i++)
        add_variant(w, a, b, &w->p->old->types[tag->m->type], i);
    w->same &= a->bit_offset == b->bit_offset && u->size == w->p->new->types[b->m->type].size;
    return true;
}

/* --- members --- */

static void compile_member(struct work *w, const struct flat *a, uint32_t hint)
{
    struct st_plan *p = w->p;
    enum pair_mode outer = (enum pair_mode)p->pairs[w->pair].mode, mode;
    const struct flat *b = flat_find(
        &w->new, *a->name ? plan_renamed(p, ST_RULE_RENAME_MEMBER, w->owner, a->name) : "",
        a->ordinal, hint);
    uint32_t flags = a->m->flags | (b ? b->m->flags : 0);

    if (plan_rule_member(p, ST_RULE_SKIP, w->owner, a->name) >= 0 || (flags & LU_A_NOXFER)) {
        add_keep(w, a, b);
        return;
    }
    if (!b) {
        add_drop(w, a);
        return;
    }
    mode = plan_mode(p, a->m->type, b->m->type, flags, outer);
    if (a->m->bit_size || b->m->bit_size)
        add_bits(w, a, b);
    else if ((flags & LU_A_IXFER) || plan_rule_member(p, ST_RULE_COPY, w->owner, a->name) >= 0)
        add_copy(w, a, b);
    else if (!add_tagged(w, a, b))
        add_pair(w, a, b, mode);
}

/* New members that a rule gives a value. */
static void compile_values(struct work *w)
{
    struct st_plan *p = w->p;
    const char *tag = plan_new_name(p, p->new->types[p->pairs[w->pair].new_type].name);

    for (uint32_t i = 0; i < w->new.n && p->rules.n; i++) {
        const struct flat *b = &w->new.items[i];
        int rule = plan_rule_member(p, ST_RULE_VALUE, tag, b->name);
        struct plan_op *op;

        if (rule < 0 || !plan_is_integer(&p->new->types[b->m->type]))
            continue;
        w->same = false;
        op = op_add(w, OP_VALUE, NULL, b);
        if (!op)
            return;
        plan_bits_of(p->new, b->m, b->bit_offset, &op->new, &op->new_off);
        op->value = st_rules_get(&p->rules, (uint32_t)rule).value;
        op->member = (uint32_t)(b->m - p->new->members);
    }
}

void plan_struct_compile(struct st_plan *p, uint32_t pair)
{
    const struct lu_type *a = &p->old->types[p->pairs[pair].old_type];
    const struct lu_type *b = &p->new->types[p->pairs[pair].new_type];
    struct work w = {.p = p, .pair = pair, .owner = plan_old_name(p, a->name)};

    flatten(p, p->old, a, 0, &w.old);
    flatten(p, p->new, b, 0, &w.new);
    w.same = a->size == b->size;
    p->pairs[pair].first_op = p->n_ops;
    for (uint32_t i = 0; i < w.old.n && !p->error; i++)
        compile_member(&w, &w.old.items[i], i);
    compile_values(&w);
    p->pairs[pair].n_ops = p->n_ops - p->pairs[pair].first_op;
    if (w.same)
        p->pairs[pair].flags |= PAIR_COPY | PAIR_SHAPE;
    flat_free(p, &w.old);
    flat_free(p, &w.new);
}

static bool all_pointers(const struct st_desc *d, const struct lu_type *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (d->types[d->members[t->first + i].type].kind != LU_T_PTR)
            return false;
    return t->count > 0;
}

void plan_union_compile(struct st_plan *p, uint32_t pair)
{
    const struct lu_type *a = &p->old->types[p->pairs[pair].old_type];
    const struct lu_type *b = &p->new->types[p->pairs[pair].new_type];
    struct work w = {.p = p, .pair = pair, .owner = plan_old_name(p, a->name), .same = true};

    if (all_pointers(p->old, a) && all_pointers(p->new, b)) {
        p->pairs[pair].flags |= PAIR_ALLPTR | PAIR_TRACE | PAIR_SHAPE;
        return;
    }
    flatten(p, p->old, a, 0, &w.old);
    flatten(p, p->new, b, 0, &w.new);
    p->pairs[pair].first_op = p->n_ops;
    for (uint32_t i = 0; i < w.old.n && !p->error; i++)
        compile_member(&w, &w.old.items[i], i);
    p->pairs[pair].n_ops = p->n_ops - p->pairs[pair].first_op;
    if (w.same)
        p->pairs[pair].flags |= PAIR_COPY | PAIR_SHAPE;
    if (a->size != b->size)
        p->pairs[pair].flags |= PAIR_RESIZED;
    flat_free(p, &w.old);
    flat_free(p, &w.new);
}
