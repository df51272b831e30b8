/* SPDX-License-Identifier: MIT
 *
 * The plan in words, for `luctl plan`: what changed between two versions.
 */
#include "plan-core.h"
#include "text.h"

#include <stdio.h>

#define DETAIL_MAX 512

struct listing {
    const struct st_plan *p;
    int all;
    int (*fn)(void *ctx, const struct st_plan_item *item);
    void *ctx;
    char detail[DETAIL_MAX];
};

static int say(struct listing *l, enum st_subject subject, enum st_change change,
               const char *old_name, const char *new_name, const char *scope)
{
    const struct st_plan_item item = {
        .subject = subject,
        .change = change,
        .old_name = old_name,
        .new_name = new_name,
        .scope = scope,
        .detail = l->detail,
    };

    return change == ST_SAME && !l->all ? 0 : l->fn(l->ctx, &item);
}

static void note(struct listing *l, const char *fmt, const char *a, const char *b, const char *c)
{
    char text[200];

    snprintf(text, sizeof(text), fmt, a, b, c);
    st_text_add(l->detail, sizeof(l->detail), "%s%s", l->detail[0] ? "; " : "", text);
}

/* Do two types look the same in print and size?  (Contents are listed as types.) */
static bool same_print(const struct st_plan *p, uint32_t a, uint32_t b, char *from, char *to,
                       size_t size)
{
    st_type_print(p->old, a, from, size);
    st_type_print(p->new, b, to, size);
    return strcmp(from, to) == 0;
}

/* --- types --- */

static const struct lu_member *member_named(const struct st_desc *d, const struct lu_type *t,
                                            const char *name)
{
    for (uint32_t i = 0; *name && i < t->count; i++)
        if (strcmp(st_desc_string(d, d->members[t->first + i].name), name) == 0)
            return &d->members[t->first + i];
    return NULL;
}

static void diff_members(struct listing *l, const struct lu_type *a, const struct lu_type *b)
{
    const struct st_plan *p = l->p;
    const char *owner = plan_old_name(p, a->name);

    for (uint32_t i = 0; i < a->count; i++) {
        const struct lu_member *m = &p->old->members[a->first + i], *n;
        const char *name = plan_old_name(p, m->name), *to;
        char from_type[64], to_type[64];

        if (!*name)
            continue;
        to = plan_renamed(p, ST_RULE_RENAME_MEMBER, owner, name);
        n = member_named(p->new, b, to);
        if (!n) {
            note(l, "%s dropped", name, "", "");
            continue;
        }
        if (to != name)
            note(l, "%s is now %s", name, to, "");
        if (!same_print(p, m->type, n->type, from_type, to_type, sizeof(to_type)))
            note(l, "%s: %s -> %s", to, from_type, to_type);
        else if (m->bit_offset != n->bit_offset)
            note(l, "%s moved", to, "", "");
    }
    for (uint32_t i = 0; i < b->count; i++) {
        const char *name = plan_new_name(p, p->new->members[b->first + i].name);
        bool found = false;

        for (uint32_t k = 0; k < a->count && !found; k++) {
            const char *old = plan_old_name(p, p->old->members[a->first + k].name);
            found = strcmp(plan_renamed(p, ST_RULE_RENAME_MEMBER, owner, old), name) == 0;
        }
        if (!found)
            note(l, "%s added", name, "", "");
    }
}

static void diff_enumerators(struct listing *l, const struct lu_type *a, const struct lu_type *b)
{
    const struct st_plan *p = l->p;

    for (uint32_t i = 0; i < a->count; i++) {
        const struct lu_enumerator *e = &p->old->enums[a->first + i], *found = NULL;
        const char *name = plan_old_name(p, e->name);

        for (uint32_t k = 0; k < b->count && !found; k++)
            if (strcmp(plan_new_name(p, p->new->enums[b->first + k].name), name) == 0)
                found = &p->new->enums[b->first + k];
        if (!found)
            note(l, "%s dropped", name, "", "");
        else if (found->value != e->value)
            note(l, "%s renumbered", name, "", "");
    }
    for (uint32_t k = 0; k < b->count; k++) {
        const char *name = plan_new_name(p, p->new->enums[b->first + k].name);
        bool found = false;

        for (uint32_t i = 0; i < a->count && !found; i++)
            found = strcmp(plan_old_name(p, p->old->enums[a->first + i].name), name) == 0;
        if (!found)
            note(l, "%s added", name, "", "");
    }
}

static bool is_tagged(const struct lu_type *t)
{
    return t->name && (t->kind == LU_T_STRUCT || t->kind == LU_T_UNION || t->kind == LU_T_ENUM);
}

static enum st_change type_change(struct listing *l, uint32_t i, uint32_t to)
{
    const struct lu_type *a = &l->p->old->types[i], *b = &l->p->new->types[to];
    bool renamed = strcmp(plan_old_name(l->p, a->name), plan_new_name(l->p, b->name)) != 0;

    if (a->kind == LU_T_ENUM)
        diff_enumerators(l, a, b);
    else
        diff_members(l, a, b);
    if (!l->detail[0] && a->size != b->size)
        note(l, "size changed", "", "", "");
    if (renamed)
        return ST_RENAMED;
    return l->detail[0] ? ST_CHANGED : ST_SAME;
}

/* New types that are the counterpart of none. */
static int list_new_types(struct listing *l)
{
    const struct st_plan *p = l->p;
    int r = 0;

    for (uint32_t k = 1; k < p->new->n_types &&r == 0; k++) {
        bool found = !is_tagged(&p->new->types[k]);

        for (uint32_t i = 1; i < p->old->n_types && !found; i++)
            found = is_tagged(&p->old->types[i]) &&
                    p->old->types[i].kind == p->new->types[k].kind &&plan_tags_match(
                                                 p, &p->old->types[i], &p->new->types[k]);
        l->detail[0] = '\0';
        if (!found)
            r = say(l, ST_SUBJECT_TYPE, ST_ADDED, "", plan_new_name(p, p->new->types[k].name), "");
    }
    return r;
}

static int list_types(struct listing *l)
{
    const struct st_plan *p = l->p;
    int r = 0;

    for (uint32_t i = 1; i < p->old->n_types && r == 0; i++) {
        const char *name = plan_old_name(p, p->old->types[i].name);
        uint32_t to;

        if (!is_tagged(&p->old->types[i]))
            continue;
        l->detail[0] = '\0';
        to = p->types[i] && p->types[i] != ~0u ? p->types[i] - 1 : 0;
        if (to)
            r = say(l, ST_SUBJECT_TYPE, type_change(l, i, to), name,
                    plan_new_name(p, p->new->types[to].name), "");
        else
            r = say(l, ST_SUBJECT_TYPE, ST_REMOVED, name, "", "");
    }
    return r == 0 ? list_new_types(l) : r;
}

/* --- globals --- */

static int list_global(struct listing *l, uint32_t i)
{
    const struct st_plan *p = l->p;
    const struct lu_global *a = &p->old->globals[i], *b;
    const char *name = plan_old_name(p, a->name), *scope = plan_old_name(p, a->scope);
    char from[64], to[64];

    l->detail[0] = '\0';
    if (!p->globals[i].new_global) {
        if (a->flags & LU_A_CONST)
            note(l, "a constant", "", "", "");
        else if (p->globals[i].action == GLOBAL_LOSE)
            note(l, "dropped by a rule", "", "", "");
        else
            note(l, "must hold nothing, or its initial value", "", "", "");
        return say(l, ST_SUBJECT_GLOBAL, ST_REMOVED, name, "", scope);
    }
    b = &p->new->globals[p->globals[i].new_global - 1];
    if (!same_print(p, a->type, b->type, from, to, sizeof(to)))
        note(l, "%s -> %s", from, to, "");
    else if (p->globals[i].action == GLOBAL_XFER && a->size != b->size)
        note(l, "%s changed", from, "", "");
    return say(l, ST_SUBJECT_GLOBAL,
               p->globals[i].renamed ? ST_RENAMED : (l->detail[0] ? ST_CHANGED : ST_SAME), name,
               plan_new_name(p, b->name), scope);
}

static int list_globals(struct listing *l)
{
    const struct st_plan *p = l->p;
    int r = 0;

    for (uint32_t i = 0; i < p->old->n_globals && r == 0; i++)
        r = list_global(l, p->old->by_name[i]);
    l->detail[0] = '\0';
    for (uint32_t i = 0; i < p->new->n_globals &&r == 0; i++) {
        uint32_t k = p->new->by_name[i];
        if (!p->new_globals[k])
            r = say(l, ST_SUBJECT_GLOBAL, ST_ADDED, "", plan_new_name(p, p->new->globals[k].name),
                    plan_new_name(p, p->new->globals[k].scope));
    }
    return r;
}

/* --- functions --- */

static bool func_is_target(const struct st_plan *p, uint32_t new_index)
{
    for (uint32_t i = 0; i < p->old->n_funcs; i++)
        if (p->funcs[i] == new_index + 1)
            return true;
    return false;
}

static int list_functions(struct listing *l)
{
    const struct st_plan *p = l->p;
    int r = 0;

    for (uint32_t i = 0; i < p->old->n_funcs && r == 0; i++) {
        uint32_t k = p->old->func_names[i];
        const struct lu_func *a = &p->old->funcs[k], *b;
        const char *name = plan_old_name(p, a->name), *scope = plan_old_name(p, a->scope);
        char from[96], to[96];

        l->detail[0] = '\0';
        if (!p->funcs[k]) {
            r = say(l, ST_SUBJECT_FUNCTION, ST_REMOVED, name, "", scope);
            continue;
        }
        b = &p->new->funcs[p->funcs[k] - 1];
        if (!same_print(p, a->type, b->type, from, to, sizeof(to)))
            note(l, "%s -> %s", from, to, "");
        else if (a->code && b->code && a->code != b->code)
            note(l, "other code", "", "", "");
        r = say(l, ST_SUBJECT_FUNCTION,
                strcmp(name, plan_new_name(p, b->name)) ? ST_RENAMED
                                                        : (l->detail[0] ? ST_CHANGED : ST_SAME),
                name, plan_new_name(p, b->name), scope);
    }
    l->detail[0] = '\0';
    for (uint32_t i = 0; i < p->new->n_funcs &&r == 0; i++) {
        uint32_t k = p->new->func_names[i];
        if (!func_is_target(p, k))
            r = say(l, ST_SUBJECT_FUNCTION, ST_ADDED, "", plan_new_name(p, p->new->funcs[k].name),
                    plan_new_name(p, p->new->funcs[k].scope));
    }
    return r;
}

/* --- sites --- */

static int list_sites(struct listing *l)
{
    const struct st_plan *p = l->p;
    int r = 0;

    for (uint32_t i = 0; i < p->old->n_sites && r == 0; i++) {
        const struct lu_site *a = &p->old->sites[i];
        const struct plan_site *s = &p->sites[i];
        const char *name = plan_old_name(p, a->func);
        char type[64];

        l->detail[0] = '\0';
        note(l, "%s of %s", plan_old_name(p, a->callee),
             a->type ? st_type_print(p->old, a->type, type, sizeof(type)) : "untyped memory", "");
        if (!s->new_site)
            r = say(l, ST_SUBJECT_SITE, ST_REMOVED, name, "", "");
        else
            r = say(l, ST_SUBJECT_SITE, ST_SAME, name,
                    plan_new_name(p, p->new->sites[s->new_site - 1].func), "");
    }
    return r;
}

int st_plan_list(const struct st_plan *plan, int all,
                 int (*fn)(void *ctx, const struct st_plan_item *item), void *ctx)
{
    struct listing l = {.p = plan, .all = all, .fn = fn, .ctx = ctx};
    int r = list_globals(&l);

    r = r ? r : list_types(&l);
    r = r ? r : list_functions(&l);
    return r ? r : list_sites(&l);
}

struct count {
    uint32_t subject;
    struct st_plan_counts *counts;
};

static int count_item(void *ctx, const struct st_plan_item *item)
{
    const struct count *c = ctx;
    uint32_t *n[] = {&c->counts->same, &c->counts->added, &c->counts->removed, &c->counts->changed,
                     &c->counts->renamed};

    if (item->subject == c->subject)
        ++*n[item->change];
    return 0;
}

void st_plan_count(const struct st_plan *plan, uint32_t subject, struct st_plan_counts *ret)
{
    struct count c = {subject, ret};

    *ret = (struct st_plan_counts){0};
    st_plan_list(plan, 1, count_item, &c);
}
