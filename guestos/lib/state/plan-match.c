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

const char *plan_enumerator_renamed(const struct st_plan *p, const struct lu_type *a,
                                    const char *name)
{
    const char *to = plan_renamed(p, ST_RULE_RENAME_ENUMERATOR, plan_old_name(p, a->name), name);

    return to != name ? to : plan_renamed(p, ST_RULE_RENAME_ENUMERATOR, NULL, name);
}

int plan_rule_global(const struct st_plan *p, uint32_t kind, const struct lu_global *g, bool is_new)
{
    const struct st_desc *d = is_new ? p->new : p->old;
    char key[NAME_MAX];
    int i = -1;

    if (g->scope && p->rules.n) {
        snprintf(key, sizeof(key), "%s:%s", st_desc_string(d, g->scope),
                 st_desc_string(d, g->name));
        i = st_rules_find(&p->rules, kind, key);
    }
    return i >= 0 ? i : rule_find(p, kind, NULL, st_desc_string(d, g->name));
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

/* Two old globals that mean one new one: the first has it, what the other holds is lost. */
static void match_globals(struct st_plan *p, bool by_rule)
{
    for (uint32_t i = 0; i < p->old->n_globals; i++) {
        bool renamed;
        const struct lu_global *g = global_counterpart(p, &p->old->globals[i], &renamed);
        uint32_t j = g ? (uint32_t)(g - p->new->globals) : 0;

        if (!g || renamed != by_rule || p->new_globals[j])
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

/* Types are matched before. */
static bool site_type_fits(const struct st_plan *p, const struct lu_site *a,
                           const struct lu_site *b)
{
    const struct lu_type *ta = &p->old->types[a->type], *tb = &p->new->types[b->type];

    if (!a->type || !b->type)
        return a->type == b->type;
    return p->types[a->type] == b->type + 1 ||
           (ta->name && ta->kind == tb->kind && plan_tags_match(p, ta, tb));
}

#define SAME_PLACE 7u
#define SAME_SHAPE 8u /* counts most: it says how objects are laid out */

/* How alike their places are. */
static unsigned site_likeness(const struct st_plan *p, const struct lu_site *a,
                              const struct lu_site *b)
{
    const char *func = plan_renamed(p, ST_RULE_RENAME_FUNCTION, NULL, plan_old_name(p, a->func));
    const char *callee =
        plan_renamed(p, ST_RULE_RENAME_FUNCTION, NULL, plan_old_name(p, a->callee));
    bool same_func = strcmp(func, plan_new_name(p, b->func)) == 0;
    bool same_callee = strcmp(callee, plan_new_name(p, b->callee)) == 0;
    uint32_t shape = LU_A_TAIL | LU_A_ARRAY;

    return ((a->flags & shape) == (b->flags & shape) ? SAME_SHAPE : 0) + (same_func ? 4 : 0) +
           (same_callee ? 2 : 0) + (same_func && same_callee && a->ordinal == b->ordinal);
}

/* May objects of the old site become some of the new one?  Numbers become others where they
 * are allocated, unless a pointer says otherwise (xfer-span.c). */
static bool site_fits(const struct st_plan *p, const struct lu_site *a, const struct lu_site *b,
                      unsigned likeness)
{
    if (!a->type)
        return !b->type && (likeness & 4);
    return site_type_fits(p, a, b) ||
           (likeness == (SAME_PLACE | SAME_SHAPE) && plan_is_number(&p->old->types[a->type]) &&
            plan_is_number(&p->new->types[b->type]));
}

/* The new site that fits best: of objects of that type, or (0) by the old site's own. */
static uint32_t site_find(const struct st_plan *p, const struct lu_site *a, uint32_t new_type)
{
    uint32_t found = 0;
    unsigned best = 0;

    for (uint32_t j = 0; j < p->new->n_sites; j++) {
        const struct lu_site *b = &p->new->sites[j];
        unsigned score = site_likeness(p, a, b);

        if (!(new_type ? b->type == new_type : site_fits(p, a, b, score)) || score + 1 <= best)
            continue;
        best = score + 1;
        found = j + 1;
    }
    return found;
}

uint32_t plan_site_for(const struct st_plan *p, uint32_t old_site, uint32_t new_type)
{
    return site_find(p, &p->old->sites[old_site], new_type);
}

static void match_sites(struct st_plan *p)
{
    for (uint32_t i = 0; i < p->old->n_sites; i++) {
        uint32_t j = site_find(p, &p->old->sites[i], 0);

        p->sites[i].new_site = j;
        p->sites[i].new_cell = j ? p->new->sites[j - 1].cell : 0;
    }
}

int plan_match(struct st_plan *p)
{
    for (uint32_t i = 1; i < p->old->n_types; i++)
        plan_type(p, i);
    match_globals(p, true);
    match_globals(p, false);
    match_funcs(p);
    match_sites(p);
    return 0;
}
