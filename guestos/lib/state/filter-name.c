/* SPDX-License-Identifier: MIT
 *
 * Names in filters: quantifiers' variables, globals and statics, enumerators,
 * functions (only their addresses), members.
 */
#include "filter-parse.h"

#include <string.h>

static void fail_ambiguous(struct filter_parser *p, const char *name)
{
    char scopes[96] = "";
    uint32_t shown = 0;

    for (uint32_t i = 0; i < p->d->n_globals && shown < 3; i++) {
        const struct lu_global *g = &p->d->globals[i];
        if (strcmp(st_desc_string(p->d, g->name), name) != 0)
            continue;
        size_t len = strlen(scopes);
        const char *scope = st_desc_string(p->d, g->scope);
        if (len + strlen(scope) + 3 < sizeof(scopes)) {
            strcpy(scopes + len, shown ? ", " : "");
            strcat(scopes, scope);
        }
        shown++;
    }
    filter_fail(p, -LU_EAMBIGUOUS, p->token_at, "'%s' exists in %s; write FILE:%s", name, scopes,
                name);
}

static bool name_global(struct filter_parser *p, struct filter_value *ret)
{
    uint32_t n;
    const struct lu_global *g = st_desc_global(p->d, p->name, p->scope[0] ? p->scope : NULL, &n);

    if (!g)
        return false;
    if (n > 1 && !p->scope[0]) {
        const struct lu_global *external = st_desc_global(p->d, p->name, "", NULL);
        if (!external) {
            fail_ambiguous(p, p->name);
            return true;
        }
        g = external;
    }
    filter_emit_int(p, (int64_t)g->addr);
    *ret = (struct filter_value){.kind = VAL_OBJECT, .type = g->type, .at = p->token_at};
    return true;
}

/* First enumerator of that name; *ret_enum (may be NULL) = its enumeration. */
static const struct lu_enumerator *find_enumerator(const struct st_desc *d, const char *name,
                                                   const struct lu_type **ret_enum)
{
    for (uint32_t i = 1; i < d->n_types; i++) {
        const struct lu_type *t = &d->types[i];

        for (uint32_t k = 0; t->kind == LU_T_ENUM && k < t->count; k++) {
            if (strcmp(st_desc_string(d, d->enums[t->first + k].name), name) != 0)
                continue;
            if (ret_enum)
                *ret_enum = t;
            return &d->enums[t->first + k];
        }
    }
    return NULL;
}

/* int if the value fits (C17 6.7.2.2), else the type that stands behind the enumeration. */
static bool name_enumerator(struct filter_parser *p, struct filter_value *ret)
{
    const struct lu_type *of, *type;
    const struct lu_enumerator *e = find_enumerator(p->d, p->name, &of);

    if (!e)
        return false;
    for (uint32_t i = 0; i < p->d->n_enums; i++)
        if (strcmp(st_desc_string(p->d, p->d->enums[i].name), p->name) == 0 &&
            p->d->enums[i].value != e->value)
            filter_fail(p, -LU_EAMBIGUOUS, p->token_at, "enumerator '%s' has several values",
                        p->name);
    type = &p->d->types[of->ref];
    *ret = filter_int(p->token_at);
    filter_emit_int(p, e->value);
    if ((int32_t)e->value == e->value && !(type->kind == LU_T_UINT && e->value < 0))
        return true;
    ret->wide = of->size > 4;
    ret->is_unsigned = type->kind == LU_T_UINT;
    return true;
}

static bool name_function(struct filter_parser *p, struct filter_value *ret)
{
    uint32_t n;
    const struct lu_func *f = st_desc_func(p->d, p->name, p->scope[0] ? p->scope : NULL, &n);

    if (!f)
        return false;
    if (n > 1 && !p->scope[0])
        filter_fail(p, -LU_EAMBIGUOUS, p->token_at,
                    "there are several functions '%s'; write FILE:%s", p->name, p->name);
    filter_emit_int(p, (int64_t)f->addr);
    *ret = (struct filter_value){
        .kind = f->type ? VAL_OBJECT : VAL_PTR, .type = f->type, .at = p->token_at};
    return true;
}

static bool name_builtin(struct filter_parser *p, struct filter_value *ret)
{
    *ret = filter_int(p->token_at);
    if (strcmp(p->name, "NULL") == 0 || strcmp(p->name, "false") == 0)
        ret->zero = true;
    else if (strcmp(p->name, "true") != 0)
        return false;
    filter_emit_int(p, !ret->zero);
    return true;
}

static const struct filter_var *find_var(const struct filter_parser *p)
{
    for (unsigned i = p->n_vars; i-- > 0 && !p->scope[0];)
        if (strcmp(p->vars[i].name, p->name) == 0)
            return &p->vars[i];
    return NULL;
}

bool filter_is_value(const struct filter_parser *p)
{
    return find_var(p) || st_desc_global(p->d, p->name, NULL, NULL) ||
           find_enumerator(p->d, p->name, NULL) || st_desc_func(p->d, p->name, NULL, NULL);
}

struct filter_value filter_name(struct filter_parser *p)
{
    struct filter_value v = filter_int(p->token_at);
    const struct filter_var *var = find_var(p);

    if (var) {
        filter_emit_byte(p, FOP_GET, var->slot);
        v = (struct filter_value){.kind = VAL_PTR, .type = var->type, .at = p->token_at};
        filter_next(p);
        return v;
    }
    if (name_global(p, &v) || name_enumerator(p, &v) || name_function(p, &v) ||
        name_builtin(p, &v)) {
        filter_next(p);
        if (filter_is(p, "("))
            filter_fail(p, -LU_EINVAL, v.at, "calls are not allowed in a filter");
    } else if (filter_calls(p)) {
        filter_fail(p, -LU_EINVAL, p->token_at, "calls are not allowed in a filter");
    } else {
        filter_fail(p, -LU_ENOENT, p->token_at, "no global, function, enumerator or variable '%s'",
                    p->name);
    }
    return v;
}

static bool find_member(const struct st_desc *d, uint32_t type, const char *name, unsigned depth,
                        uint64_t *ret_bits, const struct lu_member **ret)
{
    const struct lu_type *t = &d->types[type];

    if (depth > ST_MAX_NEST || (t->kind != LU_T_STRUCT && t->kind != LU_T_UNION))
        return false;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_member *m = &d->members[t->first + i];
        uint64_t inner;

        if (strcmp(st_desc_string(d, m->name), name) == 0) {
            *ret_bits = m->bit_offset;
            *ret = m;
            return true;
        }
        if (!m->name && find_member(d, m->type, name, depth + 1, &inner, ret)) {
            *ret_bits = m->bit_offset + inner;
            return true;
        }
    }
    return false;
}

struct filter_value filter_member_place(struct filter_parser *p, struct filter_value object,
                                        const char *name, unsigned at, uint64_t *offset)
{
    const struct lu_member *m = NULL;
    uint64_t bits = 0;
    char text[64];

    if (p->error)
        return object;
    if (!*name || !find_member(p->d, object.type, name, 0, &bits, &m)) {
        filter_fail(p, -LU_ENOENT, at, "'%s' has no member '%s'",
                    filter_type_name(p, object.type, text, sizeof(text)), name);
        return object;
    }
    *offset += bits / 8;
    return (struct filter_value){.kind = m->bit_size ? VAL_BITS : VAL_OBJECT,
                                 .type = m->type,
                                 .shift = (uint32_t)(bits % 8),
                                 .width = m->bit_size,
                                 .at = at};
}

struct filter_value filter_member(struct filter_parser *p, struct filter_value object,
                                  const char *name, unsigned at)
{
    uint64_t offset = 0;
    struct filter_value v = filter_member_place(p, object, name, at, &offset);

    if (!p->error && offset) {
        filter_emit_int(p, (int64_t)offset);
        filter_emit(p, FOP_ADD);
    }
    return v;
}
