/* SPDX-License-Identifier: MIT
 *
 * What a plan is refused for, and where: the path of a pair leads from the global
 * (or allocation site) that it was first made for.
 */
#include "plan-core.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>

int plan_fail(struct st_plan *p, int code, const char *path, const char *fmt, ...)
{
    char text[ST_TEXT_MAX];
    va_list ap;

    if (p->error || (p->lenient && code != -LU_ENOMEM))
        return p->error;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    p->error = code;
    return st_err_set(p->err, code, path, "%s", text);
}

int plan_no_memory(struct st_plan *p)
{
    return plan_fail(p, -LU_ENOMEM, NULL, "no memory to plan the update");
}

static bool range_has(const struct lu_type *t, uint32_t member)
{
    return member - t->first < t->count;
}

/* A tagged union's member is its structure's pair: the union in between. */
static const struct lu_member *union_between(const struct st_plan *p, const struct lu_type *t,
                                             uint32_t member)
{
    const struct lu_member *found = NULL;

    for (uint32_t i = 0; i < t->count && !found; i++) {
        const struct lu_member *m = &p->old->members[t->first + i];
        const struct lu_type *of = &p->old->types[m->type];

        if (of->kind == LU_T_UNION && range_has(of, member))
            found = m;
        else if (!m->name && of->kind == LU_T_STRUCT) /* at most ST_MAX_NEST deep */
            found = union_between(p, of, member);
    }
    return found;
}

static void prepend_member(const struct st_plan *p, const struct plan_pair *pair,
                           const struct plan_pair *up, char *buf, size_t size)
{
    const struct lu_type *t = &p->old->types[up->old_type];
    const struct lu_member *m =
        range_has(t, pair->parent_member) ? NULL : union_between(p, t, pair->parent_member);
    const char *name = plan_old_name(p, p->old->members[pair->parent_member].name);
    const char *between = m ? plan_old_name(p, m->name) : "";
    const char *step = up->link == LINK_POINTEE ? "->" : ".";

    if (*name) {
        st_text_prepend(buf, size, name);
        st_text_prepend(buf, size, *between ? "." : step);
    }
    if (*between) {
        st_text_prepend(buf, size, between);
        st_text_prepend(buf, size, step);
    }
}

void plan_path(const struct st_plan *p, uint32_t i, char *buf, size_t size)
{
    const struct plan_pair *pair = &p->pairs[i];
    unsigned steps = 0;

    buf[0] = '\0';
    while (pair->link != LINK_ROOT && pair->link != LINK_SITE && steps++ < 64) {
        const struct plan_pair *up = &p->pairs[pair->parent];

        if (pair->link == LINK_ELEMENT)
            st_text_prepend(buf, size, "[]");
        else if (pair->link == LINK_MEMBER)
            prepend_member(p, pair, up, buf, size);
        pair = up;
    }
    if (pair->link == LINK_ROOT) {
        const struct lu_global *g = &p->old->globals[pair->parent];
        st_text_prepend(buf, size, plan_old_name(p, g->name));
        if (g->scope) {
            st_text_prepend(buf, size, ":");
            st_text_prepend(buf, size, plan_old_name(p, g->scope));
        }
    }
}

static int refuse_pair(const struct st_plan *p, uint32_t i, struct st_err *err)
{
    const struct plan_pair *pair = &p->pairs[i];
    const struct lu_type *a = &p->old->types[pair->old_type], *b = &p->new->types[pair->new_type];
    char path[ST_PATH_MAX], from[64], to[64];

    plan_path(p, i, path, sizeof(path));
    st_type_print(p->old, pair->old_type, from, sizeof(from));
    st_type_print(p->new, pair->new_type, to, sizeof(to));
    if (a->kind == LU_T_UNION && b->kind == LU_T_UNION && strcmp(from, to) == 0)
        return st_err_set(err, -LU_EAMBIGUOUS, path,
                          "'%s' changed, and nothing says which member is in use (LU_TAG, IXFER)",
                          from);
    if (strcmp(from, to) == 0)
        return st_err_set(err, -LU_EMISMATCH, path, "'%s' changed beyond what can be converted",
                          from);
    return st_err_set(err, -LU_EMISMATCH, path, "'%s' cannot become '%s'", from, to);
}

int plan_refuse_bad(const struct st_plan *p, uint32_t n, struct st_err *err)
{
    for (uint32_t i = 1; i < n; i++)
        if (p->pairs[i].kind == PAIR_BAD)
            return refuse_pair(p, i, err);
    return 0;
}
