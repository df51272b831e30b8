/* SPDX-License-Identifier: MIT
 *
 * A description as text, one fact per line, close to C.
 */
#include "dump.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NAME_ROOM 4096
#define DEPTH_MAX 32  /* of a declarator: a hostile description may go in circles */
#define PARAM_DEPTH 8 /* what a parameter list counts for */

static const char *const kind_names[] = {"void",  "bool", "int",   "uint",  "char",
                                         "float", "enum", "ptr",   "array", "struct",
                                         "union", "func", "opaque"};

static const struct {
    uint32_t flag;
    const char *name;
} flag_names[] = {{LU_A_IXFER, "ixfer"}, {LU_A_PXFER, "pxfer"},   {LU_A_NOXFER, "noxfer"},
                  {LU_A_SXFER, "sxfer"}, {LU_A_TAG, "tag"},       {LU_A_LEN, "len"},
                  {LU_A_CONST, "const"}, {LU_A_STATIC, "static"}, {LU_A_VARIADIC, "variadic"},
                  {LU_A_TAIL, "tail"},   {LU_A_ARRAY, "array"}};

static const char *text(const struct world *w, uint32_t at)
{
    return strtab_get(&w->strings, at);
}

/* A bounded string that grows at both ends: C declarators do. */
struct name {
    char front[NAME_ROOM], back[NAME_ROOM];
};

static void name_front(struct name *n, const char *s)
{
    size_t len = strlen(s), had = strlen(n->front);

    if (len + had + 1 > NAME_ROOM)
        return;
    memmove(n->front + len, n->front, had + 1);
    memcpy(n->front, s, len);
}

static void name_back(struct name *n, const char *fmt, ...)
{
    size_t had = strlen(n->back);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(n->back + had, NAME_ROOM - had, fmt, ap);
    va_end(ap);
}

static void type_name(const struct world *w, uint32_t type, char *ret, unsigned depth);

static void name_params(const struct world *w, const struct lu_type *t, struct name *n,
                        unsigned depth)
{
    char *param = must_calloc(2, NAME_ROOM);

    name_back(n, "(");
    for (uint32_t i = 0; i < t->count; i++) {
        type_name(w, w->members[t->first + i].type, param, depth);
        name_back(n, "%s%s", i ? ", " : "", param);
    }
    if (t->flags & LU_A_VARIADIC)
        name_back(n, "%s...", t->count ? ", " : "");
    else if (!t->count)
        name_back(n, "void");
    name_back(n, ")");
    free(param);
}

static void base_name(const struct world *w, const struct lu_type *t, struct name *n)
{
    const char *tag = text(w, t->name);

    name_front(n, *tag ? tag : t->kind == LU_T_VOID ? "void" : "(anonymous)");
    if (t->kind == LU_T_STRUCT || t->kind == LU_T_UNION || t->kind == LU_T_ENUM ||
        t->kind == LU_T_OPAQUE) {
        name_front(n, " ");
        name_front(n, kind_names[t->kind]);
    }
}

static void type_name(const struct world *w, uint32_t type, char *ret, unsigned depth)
{
    struct name *n = must_calloc(1, sizeof(*n));
    const struct lu_type *t = &w->types[type];

    for (; depth < DEPTH_MAX; depth++, t = &w->types[t->ref]) {
        if (t->kind == LU_T_PTR) {
            uint32_t to = w->types[t->ref].kind;
            int wrap = to == LU_T_FUNC || to == LU_T_ARRAY;

            name_front(n, wrap ? "(*" : "*");
            if (wrap)
                name_back(n, ")");
        } else if (t->kind == LU_T_ARRAY) {
            if (t->count)
                name_back(n, "[%" PRIu32 "]", t->count);
            else
                name_back(n, "[]");
        } else if (t->kind == LU_T_FUNC) {
            name_params(w, t, n, depth + PARAM_DEPTH);
        } else {
            break;
        }
    }
    if (n->front[0])
        name_front(n, " ");
    base_name(w, t, n);
    snprintf(ret, 2 * NAME_ROOM, "%s%s", n->front, n->back);
    free(n);
}

void dump_type_name(const struct world *w, uint32_t type, FILE *out)
{
    char *name = must_calloc(2, NAME_ROOM);

    type_name(w, type, name, 0);
    fputs(name, out);
    free(name);
}

static void dump_flags(uint32_t flags, FILE *out)
{
    for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
        if (flags & flag_names[i].flag)
            fprintf(out, " %s", flag_names[i].name);
}

static void dump_members(const struct world *w, const struct lu_type *t, FILE *out)
{
    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_member *m = &w->members[t->first + i];

        fprintf(out, "    +%" PRIu64, m->bit_offset / 8);
        if (m->bit_size)
            fprintf(out, ".%" PRIu64 ":%" PRIu32, m->bit_offset % 8, m->bit_size);
        fprintf(out, " %s: ", *text(w, m->name) ? text(w, m->name) : "''");
        dump_type_name(w, m->type, out);
        dump_flags(m->flags, out);
        if (m->aux)
            fprintf(out, "(%s)", text(w, m->aux));
        fputc('\n', out);
    }
}

static void dump_enumerators(const struct world *w, const struct lu_type *t, FILE *out)
{
    int is_unsigned = w->types[t->ref].kind == LU_T_UINT;

    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_enumerator *e = &w->enums[t->first + i];

        fprintf(out, is_unsigned ? "    %s = %" PRIu64 "\n" : "    %s = %" PRId64 "\n",
                text(w, e->name), e->value);
    }
}

static void dump_type(const struct world *w, uint32_t index, FILE *out)
{
    const struct lu_type *t = &w->types[index];

    fprintf(out, "  ");
    dump_type_name(w, index, out);
    fprintf(out, " size %" PRIu64 " align %u", t->size, t->align);
    dump_flags(t->flags, out);
    fputc('\n', out);
    if (t->kind == LU_T_STRUCT || t->kind == LU_T_UNION)
        dump_members(w, t, out);
    if (t->kind == LU_T_ENUM)
        dump_enumerators(w, t, out);
}

/* Types that are spelt out by their name say nothing new. */
static int worth_a_line(const struct lu_type *t)
{
    return t->kind != LU_T_VOID && t->kind != LU_T_PTR && t->kind != LU_T_ARRAY &&
           t->kind != LU_T_FUNC;
}

/* `code` 0: says nothing of it. */
static void dump_named(const struct world *w, uint32_t name, uint32_t scope, uint32_t type,
                       uint32_t flags, uint64_t code, FILE *out)
{
    fprintf(out, " %s", text(w, name));
    if (scope)
        fprintf(out, " [%s]", text(w, scope));
    fprintf(out, ": ");
    if (type)
        dump_type_name(w, type, out);
    else
        fputs("function", out); /* whose address nobody takes */
    dump_flags(flags, out);
    if (code)
        fprintf(out, " code %016" PRIx64, code);
    fputc('\n', out);
}

void dump_site_type(const struct world *w, const struct lu_site *s, FILE *out)
{
    if (s->type)
        dump_type_name(w, s->type, out);
    else
        fputs("untyped", out);
    dump_flags(s->flags, out);
}

static void dump_sites(const struct world *w, FILE *out)
{
    fprintf(out, "sites %" PRIu32 "\n", w->n_sites);
    for (uint32_t i = 0; i < w->n_sites; i++) {
        const struct lu_site *s = &w->sites[i];

        fprintf(out, "  0x%" PRIx64 " %s #%" PRIu32 " line %" PRIu32 " %s: ", s->cell,
                text(w, s->func), s->ordinal, s->line, text(w, s->callee));
        dump_site_type(w, s, out);
        fputc('\n', out);
    }
}

void dump_world(const struct world *w, FILE *out)
{
    fprintf(out, "component %s\n", w->component);
    fprintf(out, "types %" PRIu32 "\n", w->n_types);
    for (uint32_t i = 1; i < w->n_types; i++)
        if (worth_a_line(&w->types[i]))
            dump_type(w, i, out);
    fprintf(out, "globals %" PRIu32 "\n", w->n_globals);
    for (uint32_t i = 0; i < w->n_globals; i++) {
        const struct lu_global *g = &w->globals[i];

        fprintf(out, "  0x%" PRIx64 " size %" PRIu64, g->addr, g->size);
        dump_named(w, g->name, g->scope, g->type, g->flags, 0, out);
    }
    fprintf(out, "functions %" PRIu32 "\n", w->n_funcs);
    for (uint32_t i = 0; i < w->n_funcs; i++) {
        const struct lu_func *f = &w->funcs[i];

        fprintf(out, "  0x%" PRIx64, f->addr);
        dump_named(w, f->name, f->scope, f->type, f->flags, f->code, out);
    }
    fprintf(out, "literals %" PRIu32 "\n", w->n_literals);
    for (uint32_t i = 0; i < w->n_literals; i++) {
        const struct lu_literal *l = &w->literals[i];

        fprintf(out, "  0x%" PRIx64 " size %" PRIu32 " hash %016" PRIx64 ": ", l->addr, l->size,
                l->hash);
        dump_type_name(w, l->type, out);
        fputc('\n', out);
    }
    dump_sites(w, out);
    fprintf(out, "invariants %" PRIu32 "\n", w->n_invariants);
    for (uint32_t i = 0; i < w->n_invariants; i++)
        fprintf(out, "  %s [%s]: %s\n", text(w, w->invariants[i].name),
                text(w, w->invariants[i].place), text(w, w->invariants[i].text));
}
