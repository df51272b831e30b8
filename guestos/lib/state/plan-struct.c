/* SPDX-License-Identifier: MIT
 *
 * Compiles pairs of structures and unions: members by name, members of anonymous
 * structures as if they were the outer one's, anonymous unions by what is in them.
 */
#include "plan-struct.h"
#include "text.h"

static void flatten(struct st_plan *p, const struct st_desc *d, const struct lu_type *t,
                    uint64_t bit_offset, uint32_t flags, struct flat_list *list)
{
    for (uint32_t i = 0; i < t->count && !p->error; i++) {
        const struct lu_member *m = &d->members[t->first + i];
        const struct lu_type *of = &d->types[m->type];
        uint32_t inherited =
            (flags | m->flags | of->flags) & (LU_A_IXFER | LU_A_PXFER | LU_A_NOXFER | LU_A_SXFER);
        struct flat *grown;

        if (!m->name && !m->bit_size && of->kind == LU_T_STRUCT) { /* at most ST_MAX_NEST deep */
            flatten(p, d, of, bit_offset + m->bit_offset, inherited, list);
            continue;
        }
        if (!m->name && m->bit_size)
            continue; /* padding */
        grown = st_mem_grow(&p->mem, list->items, list->n, &list->cap, sizeof(*list->items));
        if (!grown) {
            plan_no_memory(p);
            return;
        }
        list->items = grown;
        list->items[list->n++] = (struct flat){
            .m = m,
            .name = st_desc_string(d, m->name),
            .bit_offset = bit_offset + m->bit_offset,
            .flags = m->flags | inherited,
        };
    }
}

static void flat_free(struct st_plan *p, struct flat_list *list)
{
    st_mem_free_array(&p->mem, list->items, list->cap, sizeof(*list->items));
}

/* Has the new type (or a nameless member of it) a member of that name? */
static bool has_member(const struct st_plan *p, const struct lu_type *t, const char *name)
{
    bool found = false;

    for (uint32_t i = 0; i < t->count && !found; i++) {
        const struct lu_member *m = &p->new->members[t->first + i];
        const struct lu_type *of = &p->new->types[m->type];

        if (!m->name)
            found = (of->kind == LU_T_STRUCT || of->kind == LU_T_UNION) && has_member(p, of, name);
        else
            found = strcmp(plan_new_name(p, m->name), name) == 0;
    }
    return found;
}

/* Does any member of an old nameless one live on in the new one? */
static bool shares_member(const struct st_plan *p, const char *owner, const struct lu_type *a,
                          const struct lu_type *b)
{
    bool found = false;

    for (uint32_t i = 0; i < a->count && !found; i++) {
        const struct lu_member *m = &p->old->members[a->first + i];
        const struct lu_type *of = &p->old->types[m->type];
        const char *name = plan_old_name(p, m->name);

        if (!m->name)
            found = (of->kind == LU_T_STRUCT || of->kind == LU_T_UNION) &&
                    shares_member(p, owner, of, b);
        else
            found = has_member(p, b, plan_renamed(p, ST_RULE_RENAME_MEMBER, owner, name));
    }
    return found;
}

bool members_match(const struct st_plan *p, const char *owner, const struct lu_member *a,
                   const struct lu_member *b)
{
    const struct lu_type *ta = &p->old->types[a->type], *tb = &p->new->types[b->type];
    const char *name = plan_old_name(p, a->name);

    if (*name)
        return strcmp(plan_renamed(p, ST_RULE_RENAME_MEMBER, owner, name),
                      plan_new_name(p, b->name)) == 0;
    return !b->name && ta->kind == tb->kind && shares_member(p, owner, ta, tb);
}

/* `hint`: where it probably is. */
static const struct flat *partner(const struct work *w, const struct flat *a, uint32_t hint)
{
    for (uint32_t k = 0; k < w->new.n; k++) {
        const struct flat *b = &w->new.items[(hint + k) % w->new.n];

        if (members_match(w->p, w->owner, a->m, b->m))
            return b;
    }
    return NULL;
}

struct plan_op *plan_op_new(struct st_plan *p)
{
    struct plan_op *grown = st_mem_grow(&p->mem, p->ops, p->n_ops, &p->cap_ops, sizeof(*p->ops));

    if (!grown) {
        plan_no_memory(p);
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

struct plan_op *op_add(struct work *w, enum op_kind kind, const struct flat *a,
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

uint32_t size_of_old(const struct work *w, const struct flat *a)
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
    uint32_t pair = plan_pair_get(w->p, a->m->type, b->m->type, MODE_NORMAL, LINK_MEMBER, w->pair,
                                  (uint32_t)(a->m - w->p->old->members));
    struct plan_op *op = op_add(w, OP_BITS, a, b);

    if (!op)
        return;
    op->pair = pair;
    plan_bits_of(w->p->old, a->m, a->bit_offset, &op->old, &op->old_off);
    plan_bits_of(w->p->new, b->m, b->bit_offset, &op->new, &op->new_off);
    if (plan_rule_member(w->p, ST_RULE_TRUNCATE, w->owner, a->name) >= 0)
        op->flags |= OP_MAY_LOSE;
    w->same &= a->bit_offset == b->bit_offset && a->m->bit_size == b->m->bit_size &&
               op->old.is_signed == op->new.is_signed && op->old.is_bool == op->new.is_bool &&
               op->old.size == op->new.size;
    if (size_of_old(w, a) > 8 || w->p->new->types[b->m->type].size > 8)
        plan_fail(w->p, -LU_EMISMATCH, a->name, "a bit-field cannot be converted from 128 bits");
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
    plan_length(w, op, a, b);
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

/* --- members --- */

static void compile_member(struct work *w, const struct flat *a, uint32_t hint)
{
    struct st_plan *p = w->p;
    enum pair_mode outer = (enum pair_mode)p->pairs[w->pair].mode, mode;
    const struct flat *b = partner(w, a, hint);
    uint32_t flags = a->flags | (b ? b->flags : 0);

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
    else if (!union_tagged(w, a, b))
        add_pair(w, a, b, mode);
}

/* New members that a rule gives a value. */
static void compile_values(struct work *w)
{
    struct st_plan *p = w->p;
    const char *tag = plan_new_name(p, p->new->types[p->pairs[w->pair].new_type].name);

    for (uint32_t i = 0; i < w->new.n && p->rules.n; i++) {
        const struct flat *b = &w->new.items[i];
        int rule = plan_rule_member(p, ST_RULE_VALUE, *tag ? tag : w->owner, b->name);
        struct plan_op *op;

        if (rule < 0)
            continue;
        if (!plan_is_integer(&p->new->types[b->m->type]) ||
            !plan_value_fits(p, &p->new->types[b->m->type], b->m->bit_size,
                             st_rules_get(&p->rules, (uint32_t)rule).value)) {
            plan_fail(p, -LU_ERANGE, b->name, "a rule's value does not fit");
            return;
        }
        w->same = false;
        op = op_add(w, OP_VALUE, NULL, b);
        if (!op)
            return;
        plan_bits_of(p->new, b->m, b->bit_offset, &op->new, &op->new_off);
        for (uint32_t k = 0; k < w->old.n; k++)
            if (members_match(p, w->owner, w->old.items[k].m, b->m))
                op->flags |= OP_MAY_LOSE;
        op->value = st_rules_get(&p->rules, (uint32_t)rule).value;
        op->member = (uint32_t)(b->m - p->new->members);
    }
}

/* What the rules call the old type of a pair: its tag, or where it is used. */
static void owner_of(const struct st_plan *p, uint32_t i, char *buf, size_t size)
{
    const struct plan_pair *pair = &p->pairs[i];

    buf[0] = '\0';
    for (unsigned steps = 0; steps < 64; steps++) {
        const char *tag = plan_old_name(p, p->old->types[pair->old_type].name);
        const struct lu_member *m = &p->old->members[pair->parent_member];
        const char *name = pair->link == LINK_MEMBER ? plan_old_name(p, m->name) : "";

        if (pair->link == LINK_ROOT && !*tag)
            tag = plan_old_name(p, p->old->globals[pair->parent].name);
        if (*tag || pair->link == LINK_ROOT || pair->link == LINK_SITE) {
            st_text_prepend(buf, size, tag);
            return;
        }
        if (*name) {
            st_text_prepend(buf, size, name);
            st_text_prepend(buf, size, ".");
        }
        pair = &p->pairs[pair->parent];
    }
}

static void work_open(struct work *w, struct st_plan *p, uint32_t pair)
{
    const struct lu_type *a = &p->old->types[p->pairs[pair].old_type];
    const struct lu_type *b = &p->new->types[p->pairs[pair].new_type];

    *w = (struct work){.p = p, .pair = pair, .same = true};
    owner_of(p, pair, w->owner, sizeof(w->owner));
    flatten(p, p->old, a, 0, 0, &w->old);
    flatten(p, p->new, b, 0, 0, &w->new);
    p->pairs[pair].first_op = p->n_ops;
}

static void work_close(struct work *w)
{
    struct plan_pair *pair = &w->p->pairs[w->pair];

    pair->n_ops = w->p->n_ops - pair->first_op;
    if (w->same)
        pair->flags |= PAIR_COPY | PAIR_SHAPE;
    flat_free(w->p, &w->old);
    flat_free(w->p, &w->new);
}

void plan_struct_compile(struct st_plan *p, uint32_t pair)
{
    const struct lu_type *a = &p->old->types[p->pairs[pair].old_type];
    const struct lu_type *b = &p->new->types[p->pairs[pair].new_type];
    struct work w;

    work_open(&w, p, pair);
    for (uint32_t i = 0; i < w.old.n && !p->error; i++)
        compile_member(&w, &w.old.items[i], i);
    compile_values(&w);
    /* A member that was added in what was padding must not get the padding's bytes. */
    w.same &= a->size == b->size && w.old.n == w.new.n;
    work_close(&w);
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
    struct work w;

    if (all_pointers(p->old, a) && all_pointers(p->new, b)) {
        p->pairs[pair].flags |= PAIR_ALLPTR | PAIR_TRACE | PAIR_SHAPE;
        return;
    }
    work_open(&w, p, pair);
    for (uint32_t i = 0; i < w.old.n && !p->error; i++) {
        /* On the way back a union loses the member that it got: its bits tell all. */
        if (!p->lenient || partner(&w, &w.old.items[i], i))
            compile_member(&w, &w.old.items[i], i);
    }
    work_close(&w);
    if (a->size != b->size) { /* by members that were added, or alignment */
        p->pairs[pair].flags |= PAIR_RESIZED;
        p->pairs[pair].flags &= (uint8_t)~PAIR_COPY;
    }
}
