/* SPDX-License-Identifier: MIT
 *
 * Descriptions in words: types as C declares them, addresses as C reaches them.
 */
#include "text.h"

#include <st/desc.h>
#include <stdio.h>
#include <string.h>

#define PRINT_DEPTH 12 /* pointers to arrays of ... */
#define PRINT_NEST 3   /* parameters of parameters */

static void print_base(const struct st_desc *d, const struct lu_type *t, char *buf, size_t size)
{
    static const char *const word[] = {
        [LU_T_STRUCT] = "struct ",
        [LU_T_UNION] = "union ",
        [LU_T_ENUM] = "enum ",
    };
    const char *name = st_desc_string(d, t->name);

    if (t->kind < sizeof(word) / sizeof(word[0]) && word[t->kind])
        st_text_add(buf, size, "%s%s", word[t->kind], *name ? name : "{...}");
    else if (t->kind == LU_T_VOID)
        st_text_add(buf, size, "void");
    else if (t->kind == LU_T_OPAQUE)
        st_text_add(buf, size, "%s", *name ? name : "an incomplete type");
    else
        st_text_add(buf, size, "%s", *name ? name : "a nameless type");
}

static void print_type(const struct st_desc *d, uint32_t type, unsigned nest, char *buf,
                       size_t size);

static void print_params(const struct st_desc *d, const struct lu_type *t, unsigned nest, char *buf,
                         size_t size)
{
    char one[48];

    st_text_add(buf, size, "(");
    for (uint32_t i = 0; i < t->count && i < 16; i++) {
        print_type(d, d->members[t->first + i].type, nest + 1, one, sizeof(one));
        st_text_add(buf, size, "%s%s", i ? ", " : "", one);
    }
    if (!t->count)
        st_text_add(buf, size, "void");
    st_text_add(buf, size, "%s)", t->flags & LU_A_VARIADIC ? ", ..." : "");
}

/* Declarators are read inside out: what stands right of the base type grows in `decl`. */
static void print_type(const struct st_desc *d, uint32_t type, unsigned nest, char *buf,
                       size_t size)
{
    char decl[96] = "";

    buf[0] = '\0';
    for (int depth = 0; depth < PRINT_DEPTH && nest < PRINT_NEST; depth++) {
        const struct lu_type *t = &d->types[type];

        if (t->kind == LU_T_PTR) {
            st_text_prepend(decl, sizeof(decl), "*");
        } else if (t->kind == LU_T_ARRAY || t->kind == LU_T_FUNC) {
            if (decl[0] == '*') {
                st_text_prepend(decl, sizeof(decl), "(");
                st_text_add(decl, sizeof(decl), ")");
            }
            if (t->kind == LU_T_FUNC)
                print_params(d, t, nest, decl, sizeof(decl));
            else if (t->count)
                st_text_add(decl, sizeof(decl), "[%u]", t->count);
            else
                st_text_add(decl, sizeof(decl), "[]");
        } else {
            print_base(d, t, buf, size);
            if (decl[0])
                st_text_add(buf, size, " %s", decl);
            return;
        }
        type = t->ref;
    }
    st_text_add(buf, size, "... %s", decl);
}

const char *st_type_print(const struct st_desc *d, uint32_t type, char *buf, size_t size)
{
    print_type(d, type, 0, buf, size);
    return buf;
}

/* The member of an aggregate that covers a byte, or NULL (padding). */
static const struct lu_member *member_covering(const struct st_desc *d, const struct lu_type *t,
                                               uint64_t offset)
{
    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_member *m = &d->members[t->first + i];
        uint64_t start = m->bit_offset / 8;
        uint64_t bits = m->bit_size ? m->bit_size : d->types[m->type].size * 8;
        uint64_t end = (m->bit_offset + bits + 7) / 8;

        if (offset >= start && offset < end)
            return m;
        if (d->types[m->type].kind == LU_T_ARRAY && !d->types[m->type].count && offset >= start)
            return m;
    }
    return NULL;
}

const char *st_type_path(const struct st_desc *d, uint32_t type, uint64_t offset, uint32_t to,
                         char *buf, size_t size)
{
    if (!to && offset)
        to = ST_PATH_LEAF;
    for (unsigned depth = 0; depth <= ST_MAX_NEST; depth++) {
        const struct lu_type *t = &d->types[type];

        if (!offset && (!to || type == to))
            break;
        if (t->kind == LU_T_ARRAY && d->types[t->ref].size) {
            st_text_add(buf, size, "[%llu]", (unsigned long long)(offset / d->types[t->ref].size));
            offset %= d->types[t->ref].size;
            type = t->ref;
        } else if (t->kind == LU_T_STRUCT || t->kind == LU_T_UNION) {
            const struct lu_member *m = member_covering(d, t, offset);
            if (!m)
                break;
            if (*st_desc_string(d, m->name))
                st_text_add(buf, size, ".%s", st_desc_string(d, m->name));
            offset -= m->bit_offset / 8;
            type = m->type;
        } else {
            break;
        }
    }
    if (offset)
        st_text_add(buf, size, "+%llu", (unsigned long long)offset);
    return buf;
}

int st_desc_path(const struct st_desc *d, uint64_t addr, char *buf, size_t size)
{
    const struct lu_global *g = st_desc_global_at(d, addr);
    const struct lu_literal *l = st_desc_literal_at(d, addr);
    const struct lu_func *f = st_desc_func_at(d, addr);

    buf[0] = '\0';
    if (g && addr - g->addr < g->size) {
        const char *scope = st_desc_string(d, g->scope);
        st_text_add(buf, size, "%s%s%s", scope, *scope ? ":" : "", st_desc_string(d, g->name));
        st_type_path(d, g->type, addr - g->addr, 0, buf, size);
        return 0;
    }
    if (f) {
        st_text_add(buf, size, "%s()", st_desc_string(d, f->name));
        return 0;
    }
    if (l && addr - l->addr < l->size) {
        st_text_add(buf, size, "literal at %#llx", (unsigned long long)l->addr);
        return 0;
    }
    st_text_add(buf, size, "%#llx", (unsigned long long)addr);
    return -LU_ENOENT;
}
