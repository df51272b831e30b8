/* SPDX-License-Identifier: MIT
 *
 * Who is whose counterpart: globals by name and scope, functions by name, types
 * by tag or structure, sites by place and type; renames by rule.
 */
#include "plan-core.h"

#include <stdio.h>

#define NAME_MAX 300
#define TYPE_DEPTH 16

const char *plan_old_name(const struct st_plan *p, uint32_t string)
{
    return st_desc_string(p->old, string);
}

const char *plan_new_name(const struct st_plan *p, uint32_t string)
{
    return st_desc_string(p->new, string);
}

/* Rule for "name", or "owner.name"; owners may carry "struct " and the like in rules. */
static int rule_find(const struct st_plan *p, uint32_t kind, const char *owner, const char *name)
{
    char key[NAME_MAX];

    if (!p->rules.n)
        return -1;
    if (owner)
        snprintf(key, sizeof(key), "%s.%s", owner, name);
    else
        snprintf(key, sizeof(key), "%s", name);
    return st_rules_find(&p->rules, kind, key);
}

int plan_rule_member(const struct st_plan *p, uint32_t kind, const char *owner, const char *name)
{
    return *name ? rule_find(p, kind, owner, name) : -1;
}

const char *plan_renamed(const struct st_plan *p, uint32_t kind, const char *owner,
                         const char *name)
{
    int i = rule_find(p, kind, owner, name);

    return i < 0 ? name : st_rules_get(&p->rules, (uint32_t)i).b;
}

int plan_rule_global(const struct st_plan *p, uint32_t kind, const struct lu_global *g, bool is_new)
{
    const struct st_desc *d = is_new ? p->new : p->old;
    char key[NAME_MAX];
    int i = rule_find(p, kind, NULL, st_desc_string(d, g->name));

    if (i >= 0 || !g->scope || !p->rules.n)
        return i;
    snprintf(key, sizeof(key), "%s:%s", st_desc_string(d, g->scope), st_desc_string(d, g->name));
    return st_rules_find(&p->rules, kind, key);
}

/* --- types --- */

bool plan_tags_match(const struct st_plan *p, const struct lu_type *a, const struct lu_type *b)
{
    const char *name = plan_renamed(p, ST_RULE_RENAME_TYPE, NULL, plan_old_name(p, a->name));

    return strcmp(name, plan_new_name(p, b->name)) == 0;
}

static bool is_tagged(uint16_t kind)
{
    return kind == LU_T_STRUCT || kind == LU_T_UNION || kind == LU_T_ENUM;
}

/* How alike two types of the same tag are: there may be several in one program. */
static unsigned likeness(const struct st_plan *p, const struct lu_type *a, const struct lu_type *b)
{
    unsigned score = 1 + (a->size == b->size) + (a->count == b->count);

    if (a->kind == LU_T_ENUM)
        return score;
    for (uint32_t i = 0; i < a->count && i < b->count; i++)
        score += strcmp(plan_old_name(p, p->old->members[a->first + i].name),
                        plan_new_name(p, p->new->members[b->first + i].name)) == 0;
    return score;
}

static uint32_t type_by_tag(const struct st_plan *p, const struct lu_type *a)
{
    uint32_t best = 0;
    unsigned best_score = 0;

    if (!a->name)
        return 0;
    for (uint32_t i = 1; i < p->new->n_types; i++) {
        const struct lu_type *b = &p->new->types[i];
        unsigned score;

        if (b->kind != a->kind || !plan_tags_match(p, a, b))
            continue;
        score = likeness(p, a, b);
        if (score > best_score) {
            best = i;
            best_score = score;
        }
    }
    return best;
}

static uint32_t type_by_ref(struct st_plan *p, const struct lu_type *a)
{
    uint32_t ref = a->ref ? plan_type(p, a->ref) : 0;

    if (a->ref && !ref)
        return 0;
    for (uint32_t i = 1; i < p->new->n_types; i++) {
        const struct lu_type *b = &p->new->types[i];
        if (b->kind == a->kind && b->ref == ref && (a->kind == LU_T_PTR || b->count == a->count))
            return i;
    }
    return 0;
}

static uint32_t type_by_name(const struct st_plan *p, const struct lu_type *a)
{
    uint32_t same_size = 0;

    for (uint32_t i = 1; i < p->new->n_types; i++) {
        const struct lu_type *b = &p->new->types[i];
        if (b->kind != a->kind || b->size != a->size)
            continue;
        if (strcmp(plan_old_name(p, a->name), plan_new_name(p, b->name)) == 0)
            return i;
        same_size = same_size ? same_size : i;
    }
    return same_size;
}

uint32_t plan_type(struct st_plan *p, uint32_t old_type)
{
    const struct lu_type *a = &p->old->types[old_type];
    uint32_t found;

    if (p->types[old_type])
        return p->types[old_type] == ~0u ? 0 : p->types[old_type] - 1;
    p->types[old_type] = ~0u; /* a type through itself has none */
    if (is_tagged(a->kind))
        found = type_by_tag(p, a);
    else if (a->kind == LU_T_PTR || a->kind == LU_T_ARRAY)
        found = type_by_ref(p, a);
    else if (a->kind == LU_T_FUNC || a->kind == LU_T_OPAQUE || a->kind == LU_T_VOID)
        found = 0;
    else
        found = type_by_name(p, a);
    p->types[old_type] = found + 1;
    return found;
}

/* --- globals and functions --- */

static const struct lu_global *global_counterpart(const struct st_plan *p,
                                                  const struct lu_global *g, bool *ret_renamed)
{
    const char *name = plan_old_name(p, g->name), *scope = plan_old_name(p, g->scope);
    int rule = plan_rule_global(p, ST_RULE_RENAME_GLOBAL, g, false);
    const struct lu_global *found;
    const char *colon;
    uint32_t n_old, n_new;
    char to_scope[NAME_MAX];

    *ret_renamed = rule >= 0;
    if (rule >= 0) {
        name = st_rules_get(&p->rules, (uint32_t)rule).b;
        colon = strrchr(name, ':');
        if (colon) {
            snprintf(to_scope, sizeof(to_scope), "%.*s", (int)(colon - name), name);
            return st_desc_global(p->new, colon + 1, to_scope, NULL);
        }
    }
    found = st_desc_global(p->new, name, scope, NULL);
    if (found)
        return found;
    /* It may have moved to another file, or become static: only if nobody else is meant. */
    st_desc_global(p->old, plan_old_name(p, g->name), NULL, &n_old);
    found = st_desc_global(p->new, name, NULL, &n_new);
    return n_old == 1 && n_new == 1 ? found : NULL;
}

static void match_globals(struct st_plan *p)
{
    for (uint32_t i = 0; i < p->old->n_globals; i++) {
        bool renamed;
        const struct lu_global *g = global_counterpart(p, &p->old->globals[i], &renamed);
        uint32_t j = g ? (uint32_t)(g - p->new->globals) : 0;

        if (!g || p->new_globals[j])
            continue;
        p->globals[i].new_global = j + 1;
        p->globals[i].renamed = renamed;
        p->new_globals[j] = i + 1;
    }
}

static void match_funcs(struct st_plan *p)
{
    for (uint32_t i = 0; i < p->old->n_funcs; i++) {
        const struct lu_func *f = &p->old->funcs[i], *found;
        const char *name =
            plan_renamed(p, ST_RULE_RENAME_FUNCTION, NULL, plan_old_name(p, f->name));
        uint32_t n_old, n_new;

        found = st_desc_func(p->new, name, plan_old_name(p, f->scope), NULL);
        if (!found) {
            st_desc_func(p->old, plan_old_name(p, f->name), NULL, &n_old);
            found = st_desc_func(p->new, name, NULL, &n_new);
            if (n_old != 1 || n_new != 1)
                found = NULL;
        }
        p->funcs[i] = found ? (uint32_t)(found - p->new->funcs) + 1 : 0;
    }
}

/* --- sites --- */

static bool site_type_fits(struct st_plan *p, const struct lu_site *a, const struct lu_site *b)
{
    if (!a->type || !b->type)
        return a->type == b->type;
    return plan_type(p, a->type) == b->type ||
           (p->old->types[a->type].name &&
            p->old->types[a->type].kind ==
                p->new->types[b->type].kind &&plan_tags_match(p, &p->old->types[a->type],
                                                              &p->new->types[b->type]));
}

/* How well two sites fit: the same place and type is best, the same type will do. */
static unsigned site_score(struct st_plan *p, const struct lu_site *a, const struct lu_site *b)
{
    const char *func = plan_renamed(p, ST_RULE_RENAME_FUNCTION, NULL, plan_old_name(p, a->func));
    const char *callee =
        plan_renamed(p, ST_RULE_RENAME_FUNCTION, NULL, plan_old_name(p, a->callee));
    bool same_func = strcmp(func, plan_new_name(p, b->func)) == 0;
    bool same_callee = strcmp(callee, plan_new_name(p, b->callee)) == 0;
    uint32_t shape = LU_A_TAIL | LU_A_ARRAY;

    if (!site_type_fits(p, a, b))
        return 0;
    if (!a->type && !same_func)
        return 0;
    return 1 + ((a->flags & shape) == (b->flags & shape) ? 8 : 0) + (same_func ? 4 : 0) +
           (same_callee ? 2 : 0) + (same_func && same_callee && a->ordinal == b->ordinal);
}

static void match_sites(struct st_plan *p)
{
    for (uint32_t i = 0; i < p->old->n_sites; i++) {
        unsigned best = 0;

        for (uint32_t j = 0; j < p->new->n_sites; j++) {
            unsigned score = site_score(p, &p->old->sites[i], &p->new->sites[j]);
            if (score <= best)
                continue;
            best = score;
            p->sites[i].new_site = j + 1;
            p->sites[i].new_cell = p->new->sites[j].cell;
        }
    }
}

int plan_match(struct st_plan *p)
{
    match_globals(p);
    match_funcs(p);
    match_sites(p);
    return 0;
}

/* --- do the rules name things that exist? --- */

static bool member_exists(const struct st_desc *d, const char *name)
{
    const char *dot = strrchr(name, '.');
    char owner[NAME_MAX];

    if (!dot)
        return false;
    snprintf(owner, sizeof(owner), "%.*s", (int)(dot - name), name);
    for (uint32_t i = 1; i < d->n_types; i++) {
        const struct lu_type *t = &d->types[i];
        bool is_enum = t->kind == LU_T_ENUM;

        if (!is_tagged(t->kind) || strcmp(st_desc_string(d, t->name), owner) != 0)
            continue;
        for (uint32_t k = 0; k < t->count; k++) {
            uint32_t s = is_enum ? d->enums[t->first + k].name : d->members[t->first + k].name;
            const struct lu_member *m = is_enum ? NULL : &d->members[t->first + k];

            if (strcmp(st_desc_string(d, s), dot + 1) == 0)
                return true;
            if (m && !m->name) /* members of anonymous structures count as the owner's */
                for (uint32_t n = 0;
                     n < d->types[m->type].count && d->types[m->type].kind == LU_T_STRUCT; n++)
                    if (strcmp(st_desc_string(d, d->members[d->types[m->type].first + n].name),
                               dot + 1) == 0)
                        return true;
        }
    }
    return false;
}

static bool global_exists(const struct st_desc *d, const char *name)
{
    const char *colon = strrchr(name, ':');
    char scope[NAME_MAX];

    if (!colon)
        return st_desc_global(d, name, NULL, NULL) != NULL;
    snprintf(scope, sizeof(scope), "%.*s", (int)(colon - name), name);
    return st_desc_global(d, colon + 1, scope, NULL) != NULL;
}

static bool enumerator_exists(const struct st_desc *d, const char *name)
{
    const char *dot = strrchr(name, '.');

    if (dot)
        return member_exists(d, name);
    for (uint32_t i = 0; i < d->n_enums; i++)
        if (strcmp(st_desc_string(d, d->enums[i].name), name) == 0)
            return true;
    return false;
}

static bool object_exists(const struct st_desc *d, const char *name)
{
    return global_exists(d, name) || (!strchr(name, ':') && member_exists(d, name));
}

static bool rule_fits(const struct st_plan *p, const struct st_rule *r, const char **ret_name)
{
    char owner[NAME_MAX], member[2 * NAME_MAX];

    *ret_name = r->a;
    switch (r->kind) {
    case ST_RULE_RENAME_TYPE:
        if (!st_desc_type(p->old, 0, r->a))
            return false;
        *ret_name = r->b;
        return st_desc_type(p->new, 0, r->b) != 0;
    case ST_RULE_RENAME_GLOBAL:
        if (!global_exists(p->old, r->a))
            return false;
        *ret_name = r->b;
        return global_exists(p->new, r->b);
    case ST_RULE_RENAME_FUNCTION:
        if (!st_desc_func(p->old, r->a, NULL, NULL))
            return false;
        *ret_name = r->b;
        return st_desc_func(p->new, r->b, NULL, NULL) != NULL;
    case ST_RULE_RENAME_MEMBER:
        if (!member_exists(p->old, r->a))
            return false;
        snprintf(owner, sizeof(owner), "%.*s", (int)(strrchr(r->a, '.') - r->a), r->a);
        snprintf(member, sizeof(member), "%s.%s", plan_renamed(p, ST_RULE_RENAME_TYPE, NULL, owner),
                 r->b);
        *ret_name = r->b;
        return member_exists(p->new, member);
    case ST_RULE_RENAME_ENUMERATOR:
        if (!enumerator_exists(p->old, r->a))
            return false;
        *ret_name = r->b;
        return enumerator_exists(p->new, r->b);
    case ST_RULE_VALUE:
        return object_exists(p->new, r->a);
    case ST_RULE_INITIAL:
        return global_exists(p->old, r->a);
    default:
        return object_exists(p->old, r->a);
    }
}

int plan_rules_check(const struct st_plan *p, struct st_err *err)
{
    for (uint32_t i = 0; i < p->rules.n; i++) {
        struct st_rule r = st_rules_get(&p->rules, i);
        const char *name;

        if (rule_fits(p, &r, &name))
            continue;
        st_err_set(err, -LU_ENOENT, name, "a rule names '%s', which the %s version does not have",
                   name, name == r.b || r.kind == ST_RULE_VALUE ? "new" : "old");
        if (err)
            err->offset = r.source;
        return -LU_ENOENT;
    }
    return 0;
}
