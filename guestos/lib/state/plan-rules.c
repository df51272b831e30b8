/* SPDX-License-Identifier: MIT
 *
 * Do the rules and transfer handlers name things that exist, and do values fit?  A
 * member is named by the tag of its structure, "conn.state"; one of a structure
 * without a tag by what holds it: a tagged structure's member or a global,
 * "conn.rx.state".
 */
#include "plan-core.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME_MAX 300

static bool is_aggregate(const struct lu_type *t)
{
    return t->kind == LU_T_STRUCT || t->kind == LU_T_UNION;
}

/* Of that name, also in nameless members (at most ST_MAX_NEST deep). */
static const struct lu_member *member_find(const struct st_desc *d, const struct lu_type *t,
                                           const char *name)
{
    const struct lu_member *found = NULL;

    for (uint32_t i = 0; is_aggregate(t) && i < t->count && !found; i++) {
        const struct lu_member *m = &d->members[t->first + i];

        if (!m->name)
            found = member_find(d, &d->types[m->type], name);
        else if (strcmp(st_desc_string(d, m->name), name) == 0)
            found = m;
    }
    return found;
}

/* What arrays and pointers lead to. */
static const struct lu_type *peel(const struct st_desc *d, uint32_t type)
{
    for (unsigned i = 0; i <= ST_MAX_NEST; i++) {
        const struct lu_type *t = &d->types[type];

        if (t->kind != LU_T_ARRAY && t->kind != LU_T_PTR)
            return t;
        type = t->ref;
    }
    return &d->types[0];
}

/* From a type along ".b.c": the last member, or NULL. */
static const struct lu_member *member_path(const struct st_desc *d, const struct lu_type *t,
                                           const char *path)
{
    const struct lu_member *m = NULL;
    char name[NAME_MAX];

    while (path) {
        const char *next = strchr(path, '.');

        snprintf(name, sizeof(name), "%.*s", next ? (int)(next - path) : NAME_MAX, path);
        m = member_find(d, t, name);
        if (!m)
            return NULL;
        t = peel(d, m->type);
        path = next ? next + 1 : NULL;
    }
    return m;
}

static const struct lu_global *global_named(const struct st_desc *d, const char *name)
{
    const char *colon = strrchr(name, ':');
    char scope[NAME_MAX];

    if (!colon)
        return st_desc_global(d, name, NULL, NULL);
    snprintf(scope, sizeof(scope), "%.*s", (int)(colon - name), name);
    return st_desc_global(d, colon + 1, scope, NULL);
}

/* "TAG.member", "TAG.member.member", "global.member". */
static const struct lu_member *member_named(const struct st_desc *d, const char *name)
{
    const char *dot = strchr(name, '.');
    const struct lu_member *m = NULL;
    const struct lu_global *g;
    char owner[NAME_MAX];

    if (!dot)
        return NULL;
    snprintf(owner, sizeof(owner), "%.*s", (int)(dot - name), name);
    for (uint32_t i = 1; i < d->n_types && !m; i++)
        if (is_aggregate(&d->types[i]) && strcmp(st_desc_string(d, d->types[i].name), owner) == 0)
            m = member_path(d, &d->types[i], dot + 1);
    g = m ? NULL : global_named(d, owner);
    return g ? member_path(d, peel(d, g->type), dot + 1) : m;
}

/* "ENUMERATOR", or "TAG.ENUMERATOR". */
static bool enumerator_exists(const struct st_desc *d, const char *name)
{
    const char *dot = strrchr(name, '.');

    for (uint32_t i = 1; i < d->n_types; i++) {
        const struct lu_type *t = &d->types[i];
        const char *tag = st_desc_string(d, t->name);

        if (t->kind != LU_T_ENUM ||
            (dot && (strlen(tag) != (size_t)(dot - name) || strncmp(tag, name, strlen(tag)) != 0)))
            continue;
        for (uint32_t k = 0; k < t->count; k++)
            if (strcmp(st_desc_string(d, d->enums[t->first + k].name), dot ? dot + 1 : name) == 0)
                return true;
    }
    return false;
}

/* With a file in front only globals have names; a file's name has a dot itself. */
static bool object_exists(const struct st_desc *d, const char *name)
{
    return global_named(d, name) || (!strchr(name, ':') && member_named(d, name));
}

static bool renamed_member_exists(const struct st_plan *p, const struct st_rule *r)
{
    const char *dot = strchr(r->a, '.'), *last = strrchr(r->a, '.');
    char owner[NAME_MAX], to[3 * NAME_MAX];

    snprintf(owner, sizeof(owner), "%.*s", (int)(dot - r->a), r->a);
    snprintf(to, sizeof(to), "%s%.*s.%s", plan_renamed(p, ST_RULE_RENAME_TYPE, NULL, owner),
             (int)(last - dot), dot, r->b);
    return member_named(p->new, to) != NULL;
}

/* Sets *ret_name to what is missing. */
static bool rule_fits(const struct st_plan *p, const struct st_rule *r, const char **ret_name)
{
    *ret_name = r->a;
    switch (r->kind) {
    case ST_RULE_RENAME_TYPE:
        if (!st_desc_type(p->old, 0, r->a))
            return false;
        *ret_name = r->b;
        return st_desc_type(p->new, 0, r->b) != 0;
    case ST_RULE_RENAME_GLOBAL:
        if (!global_named(p->old, r->a))
            return false;
        *ret_name = r->b;
        return global_named(p->new, r->b) != NULL;
    case ST_RULE_RENAME_FUNCTION:
        if (!st_desc_func(p->old, r->a, NULL, NULL))
            return false;
        *ret_name = r->b;
        return st_desc_func(p->new, r->b, NULL, NULL) != NULL;
    case ST_RULE_RENAME_MEMBER:
        if (!member_named(p->old, r->a))
            return false;
        *ret_name = r->b;
        return renamed_member_exists(p, r);
    case ST_RULE_RENAME_ENUMERATOR:
        if (!enumerator_exists(p->old, r->a))
            return false;
        *ret_name = r->b;
        return enumerator_exists(p->new, r->b);
    case ST_RULE_VALUE:
        return object_exists(p->new, r->a);
    case ST_RULE_INITIAL:
        return global_named(p->old, r->a) != NULL;
    default:
        return object_exists(p->old, r->a);
    }
}

bool plan_value_fits(const struct st_plan *p, const struct lu_type *t, uint32_t width,
                     int64_t value)
{
    uint32_t bits = width ? width : (uint32_t)t->size * 8;

    if (t->kind == LU_T_BOOL)
        return value == 0 || value == 1;
    if (bits > 64)
        return false;
    if (bits == 64)
        return true;
    if (t->kind == LU_T_INT || t->kind == LU_T_CHAR ||
        (t->kind == LU_T_ENUM && p->new->types[t->ref].kind == LU_T_INT))
        return value >= -(1ll << (bits - 1)) && value < 1ll << (bits - 1);
    return value >= 0 && value < 1ll << bits;
}

/* A value must be an integer's, and fit it. */
static int value_check(const struct st_plan *p, const struct st_rule *r, struct st_err *err)
{
    const struct lu_global *g = global_named(p->new, r->a);
    const struct lu_member *m = g ? NULL : member_named(p->new, r->a);
    const struct lu_type *t = &p->new->types[g ? g->type : m->type];
    char name[64];

    if (g && (g->flags & LU_A_CONST))
        return st_err_set(err, -LU_EMISMATCH, r->a, "a rule gives a value to a constant");
    st_type_print(p->new, g ? g->type : m->type, name, sizeof(name));
    if (!plan_is_integer(t))
        return st_err_set(err, -LU_EMISMATCH, r->a, "a rule gives a number to '%s'", name);
    if (!plan_value_fits(p, t, m ? m->bit_size : 0, r->value))
        return st_err_set(err, -LU_ERANGE, r->a, "a rule's value %lld does not fit '%s'",
                          (long long)r->value, name);
    return 0;
}

static int handlers_check(const struct st_plan *p, struct st_err *err)
{
    for (const struct st_handler *h = p->rules.handlers; h && h->kind; h++)
        if (h->kind == ST_HANDLER_TYPE ? !st_desc_type(p->new, 0, h->name)
                                       : !st_desc_global(p->new, h->name, NULL, NULL))
            return st_err_set(err, -LU_ENOENT, h->name,
                              "a transfer handler is for '%s', which the new version does not have",
                              h->name);
    return 0;
}

static int rule_check(const struct st_plan *p, const struct st_rule *r, struct st_err *err)
{
    const char *name;

    if (!rule_fits(p, r, &name))
        return st_err_set(err, -LU_ENOENT, name,
                          "a rule names '%s', which the %s version does not have", name,
                          name == r->b || r->kind == ST_RULE_VALUE ? "new" : "old");
    return r->kind == ST_RULE_VALUE ? value_check(p, r, err) : 0;
}

int plan_rules_check(const struct st_plan *p, struct st_err *err)
{
    for (uint32_t i = 0; i < p->rules.n; i++) {
        struct st_rule r = st_rules_get(&p->rules, i);
        int ret = rule_check(p, &r, err);

        if (ret < 0) {
            if (err)
                err->offset = r.source;
            return ret;
        }
    }
    return handlers_check(p, err);
}
