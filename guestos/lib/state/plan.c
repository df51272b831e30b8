/* SPDX-License-Identifier: MIT
 *
 * Making a plan: match, decide what happens to each global, compile pairs from
 * the globals on, refuse what can't be converted, then do the allocation sites.
 */
#include "plan-core.h"

static int plan_alloc(struct st_plan *p)
{
    p->cap_pairs = 64;
    p->n_hash = 1021;
    p->pairs = st_mem_array(&p->mem, p->cap_pairs, sizeof(*p->pairs));
    p->n_pairs = 1;
    p->hash = st_mem_array(&p->mem, p->n_hash, sizeof(*p->hash));
    p->globals = st_mem_array(&p->mem, p->old->n_globals, sizeof(*p->globals));
    p->new_globals = st_mem_array(&p->mem, p->new->n_globals, sizeof(*p->new_globals));
    p->funcs = st_mem_array(&p->mem, p->old->n_funcs, sizeof(*p->funcs));
    p->sites = st_mem_array(&p->mem, p->old->n_sites, sizeof(*p->sites));
    p->types = st_mem_array(&p->mem, p->old->n_types, sizeof(*p->types));
    if (!p->pairs || !p->hash || !p->globals || !p->new_globals || !p->funcs || !p->sites ||
        !p->types)
        return -LU_ENOMEM;
    return 0;
}

void st_plan_free(struct st_plan *p)
{
    struct st_mem mem;

    if (!p)
        return;
    mem = p->mem;
    st_mem_free_array(&mem, p->pairs, p->cap_pairs, sizeof(*p->pairs));
    st_mem_free_array(&mem, p->hash, p->n_hash, sizeof(*p->hash));
    st_mem_free_array(&mem, p->ops, p->cap_ops, sizeof(*p->ops));
    st_mem_free_array(&mem, p->globals, p->old->n_globals, sizeof(*p->globals));
    st_mem_free_array(&mem, p->new_globals, p->new->n_globals, sizeof(*p->new_globals));
    st_mem_free_array(&mem, p->funcs, p->old->n_funcs, sizeof(*p->funcs));
    st_mem_free_array(&mem, p->sites, p->old->n_sites, sizeof(*p->sites));
    st_mem_free_array(&mem, p->types, p->old->n_types, sizeof(*p->types));
    st_mem_free_array(&mem, p->values, p->cap_values, sizeof(*p->values));
    st_mem_free_array(&mem, p, 1, sizeof(*p));
}

static const struct st_handler *global_handler(const struct st_plan *p, const struct lu_global *b)
{
    const struct st_handler *h = p->rules.handlers;

    for (; h && h->kind; h++)
        if (h->kind == ST_HANDLER_GLOBAL && strcmp(h->name, plan_new_name(p, b->name)) == 0)
            return h;
    return NULL;
}

static void plan_global(struct st_plan *p, uint32_t i)
{
    struct plan_global *g = &p->globals[i];
    const struct lu_global *a = &p->old->globals[i];
    const struct lu_global *b = g->new_global ? &p->new->globals[g->new_global - 1] : NULL;
    uint32_t flags = a->flags | (b ? b->flags : 0);
    bool skip = plan_rule_global(p, ST_RULE_SKIP, a, false) >= 0 || (flags & LU_A_NOXFER);
    bool copy = (flags & LU_A_IXFER) || plan_rule_global(p, ST_RULE_COPY, a, false) >= 0;
    const struct st_handler *handler = b ? global_handler(p, b) : NULL;

    g->may_lose = plan_rule_global(p, ST_RULE_TRUNCATE, a, false) >= 0;
    if (plan_rule_global(p, ST_RULE_DROP, a, false) >= 0)
        g->action = GLOBAL_LOSE;
    else if ((a->flags & LU_A_CONST) || skip || (handler && handler->instead))
        g->action = GLOBAL_KEEP;
    else if (!b || (b->flags & LU_A_CONST))
        g->action = GLOBAL_DROP;
    else
        g->action = GLOBAL_XFER;
    if (g->action == GLOBAL_LOSE && b && !(a->flags & LU_A_CONST) && !(b->flags & LU_A_CONST))
        g->action = GLOBAL_XFER;                /* a rule that was not needed */
    if (b && g->action == GLOBAL_XFER && !copy) /* no pair: bit for bit */
        g->pair =
            plan_pair_get(p, a->type, b->type, plan_mode(p, a->type, b->type, flags, MODE_NORMAL),
                          LINK_ROOT, i, 0);
}

static void plan_values(struct st_plan *p)
{
    for (uint32_t i = 0; i < p->new->n_globals && p->rules.n; i++) {
        const struct lu_global *b = &p->new->globals[i];
        int rule = plan_rule_global(p, ST_RULE_VALUE, b, true);
        int64_t value = rule < 0 ? 0 : st_rules_get(&p->rules, (uint32_t)rule).value;
        struct plan_value *grown;

        if (rule < 0)
            continue;
        if (!plan_is_integer(&p->new->types[b->type]) ||
            !plan_value_fits(p, &p->new->types[b->type], 0, value)) {
            plan_fail(p, -LU_ERANGE, plan_new_name(p, b->name), "a rule's value does not fit");
            return;
        }
        grown = st_mem_grow(&p->mem, p->values, p->n_values, &p->cap_values, sizeof(*grown));
        if (!grown) {
            plan_no_memory(p);
            return;
        }
        p->values = grown;
        p->values[p->n_values++] = (struct plan_value){i, value};
    }
}

/* Pairs that only objects found at run time need: heap objects of a site, and constants
 * that pointers lead to.  A mismatch in them counts when one is reached. */
static void plan_sites(struct st_plan *p)
{
    uint32_t from = p->n_pairs;

    for (uint32_t i = 0; i < p->old->n_sites; i++) {
        const struct lu_site *a = &p->old->sites[i];
        struct plan_site *s = &p->sites[i];
        uint32_t to = s->new_site ? p->new->sites[s->new_site - 1].type : 0;

        if (a->type && !to)
            to = plan_type(p, a->type);
        if (a->type && to)
            s->pair = plan_pair_get(p, a->type, to, plan_mode(p, a->type, to, 0, MODE_NORMAL),
                                    LINK_SITE, i, 0);
    }
    for (uint32_t i = 0; i < p->old->n_globals; i++) {
        struct plan_global *g = &p->globals[i];
        uint32_t from_type = p->old->globals[i].type, to;

        if (g->action == GLOBAL_XFER || !g->new_global)
            continue;
        to = p->new->globals[g->new_global - 1].type;
        g->pair = plan_pair_get(p, from_type, to, plan_mode(p, from_type, to, 0, MODE_NORMAL),
                                LINK_ROOT, i, 0);
    }
    plan_pairs_compile(p, from);
}

static int plan_build(struct st_plan *p, struct st_err *err)
{
    int ret = plan_alloc(p);
    uint32_t hard;

    if (ret < 0)
        return st_err_set(err, ret, NULL, "no memory to plan the update");
    ret = p->lenient ? 0 : plan_rules_check(p, err);
    if (ret < 0)
        return ret;
    p->err = err;
    plan_match(p);
    for (uint32_t i = 0; i < p->old->n_globals; i++)
        plan_global(p, i);
    plan_values(p);
    plan_pairs_compile(p, 1);
    hard = p->n_pairs;
    plan_sites(p);
    p->err = NULL; /* the caller's */
    if (p->error)
        return p->error;
    plan_pairs_flags(p);
    return p->lenient ? 0 : plan_refuse_bad(p, hard, err);
}

int plan_make(struct st_plan **ret, const struct st_desc *old_desc, const struct st_desc *new_desc,
              const struct st_rules *rules, bool lenient, const struct st_mem *mem,
              struct st_err *err)
{
    struct st_plan *p = st_mem_array(mem, 1, sizeof(*p));
    int r;

    if (!p)
        return st_err_set(err, -LU_ENOMEM, NULL, "no memory to plan the update");
    p->old = old_desc;
    p->new = new_desc;
    p->mem = *mem;
    p->lenient = lenient;
    if (rules)
        p->rules = *rules;
    r = plan_build(p, err);
    if (r < 0) {
        st_plan_free(p);
        return r;
    }
    *ret = p;
    return 0;
}

int st_plan_make(struct st_plan **ret, const struct st_desc *old_desc,
                 const struct st_desc *new_desc, const struct st_rules *rules,
                 const struct st_mem *mem, struct st_err *err)
{
    return plan_make(ret, old_desc, new_desc, rules, false, mem, err);
}
