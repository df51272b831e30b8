/* SPDX-License-Identifier: MIT
 *
 * The rules of an update turned round: renames, and bits that are copied.  The others
 * say what may be lost, which the way back has no use for.
 */
#include "plan-core.h"

#include <stdio.h>

#define INVERSE_NAME 256u

struct names {
    char a[INVERSE_NAME], b[INVERSE_NAME];
};

/* "TAG.member" of the old version -> what it is called in the new one. */
static void member_name(const struct st_plan *p, const char *old, char *buf, size_t size)
{
    const char *dot = strrchr(old, '.');
    char owner[INVERSE_NAME];

    snprintf(owner, sizeof(owner), "%.*s", (int)(dot - old), old);
    snprintf(buf, size, "%s.%s", plan_renamed(p, ST_RULE_RENAME_TYPE, NULL, owner),
             plan_renamed(p, ST_RULE_RENAME_MEMBER, owner, dot + 1));
}

static void global_name(const struct st_desc *d, const struct lu_global *g, char *buf, size_t size)
{
    const char *scope = st_desc_string(d, g->scope);

    snprintf(buf, size, "%s%s%s", scope, *scope ? ":" : "", st_desc_string(d, g->name));
}

/* The global that a rule names, if the new version has it. */
static const struct lu_global *global_of(const struct st_plan *p, uint32_t kind, const char *name)
{
    for (uint32_t i = 0; i < p->old->n_globals; i++) {
        int rule =
            p->globals[i].new_global ? plan_rule_global(p, kind, &p->old->globals[i], false) : -1;

        if (rule >= 0 && strcmp(st_rules_get(&p->rules, (uint32_t)rule).a, name) == 0)
            return &p->old->globals[i];
    }
    return NULL;
}

static bool invert_global(const struct st_plan *p, const struct st_rule *r, struct names *n)
{
    const struct lu_global *g = global_of(p, r->kind, r->a);

    if (!g)
        return false;
    global_name(p->new, &p->new->globals[p->globals[g - p->old->globals].new_global - 1], n->a,
                sizeof(n->a));
    if (r->kind == ST_RULE_RENAME_GLOBAL)
        global_name(p->old, g, n->b, sizeof(n->b));
    return true;
}

static bool invert_member(const struct st_plan *p, const struct st_rule *r, struct names *n)
{
    const char *dot = strrchr(r->a, '.');

    if (!dot)
        return false;
    member_name(p, r->a, n->a, sizeof(n->a));
    if (r->kind != ST_RULE_COPY)
        snprintf(n->b, sizeof(n->b), "%s", dot + 1);
    return true;
}

static bool invert_enumerator(const struct st_plan *p, const struct st_rule *r, struct names *n)
{
    const char *dot = strrchr(r->a, '.');
    char owner[INVERSE_NAME];

    snprintf(n->a, sizeof(n->a), "%s", r->b);
    if (dot) {
        snprintf(owner, sizeof(owner), "%.*s", (int)(dot - r->a), r->a);
        snprintf(n->a, sizeof(n->a), "%s.%s", plan_renamed(p, ST_RULE_RENAME_TYPE, NULL, owner),
                 r->b);
    }
    snprintf(n->b, sizeof(n->b), "%s", dot ? dot + 1 : r->a);
    return true;
}

static bool invert(const struct st_plan *p, const struct st_rule *r, struct names *n)
{
    switch (r->kind) {
    case ST_RULE_RENAME_TYPE:
    case ST_RULE_RENAME_FUNCTION:
        snprintf(n->a, sizeof(n->a), "%s", r->b);
        snprintf(n->b, sizeof(n->b), "%s", r->a);
        return true;
    case ST_RULE_RENAME_MEMBER:
        return invert_member(p, r, n);
    case ST_RULE_RENAME_GLOBAL:
        return invert_global(p, r, n);
    case ST_RULE_RENAME_ENUMERATOR:
        return invert_enumerator(p, r, n);
    case ST_RULE_COPY:
        return invert_global(p, r, n) || invert_member(p, r, n);
    default:
        return false;
    }
}

static int encode(const struct st_plan *p, const struct st_rule *rules, uint32_t n, void **ret_blob,
                  size_t *ret_size)
{
    size_t size = st_rules_size(rules, n);
    void *blob = st_mem_array(&p->mem, size, 1);
    int r = blob ? st_rules_encode(rules, n, blob, size, NULL) : -LU_ENOMEM;

    if (r < 0) {
        st_mem_free_array(&p->mem, blob, size, 1);
        return r;
    }
    *ret_blob = blob;
    *ret_size = size;
    return 0;
}

int plan_inverse_rules(const struct st_plan *p, void **ret_blob, size_t *ret_size)
{
    struct st_rule *rules = st_mem_array(&p->mem, p->rules.n, sizeof(*rules));
    struct names *names = st_mem_array(&p->mem, p->rules.n, sizeof(*names));
    uint32_t n = 0;
    int r = -LU_ENOMEM;

    for (uint32_t i = 0; rules && names && i < p->rules.n; i++) {
        struct st_rule rule = st_rules_get(&p->rules, i);

        memset(&names[n], 0, sizeof(names[n]));
        if (!invert(p, &rule, &names[n]))
            continue;
        rules[n] = (struct st_rule){.kind = rule.kind, .a = names[n].a, .b = names[n].b};
        n++;
    }
    if (rules && names)
        r = encode(p, rules, n, ret_blob, ret_size);
    st_mem_free_array(&p->mem, names, p->rules.n, sizeof(*names));
    st_mem_free_array(&p->mem, rules, p->rules.n, sizeof(*rules));
    return r;
}
