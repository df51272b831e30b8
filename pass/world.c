/* SPDX-License-Identifier: MIT
 *
 * Reads description blobs into plain arrays and writes them out again.
 */
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void world_init(struct world *w)
{
    memset(w, 0, sizeof(*w));
    strtab_init(&w->strings);
}

void world_free(struct world *w)
{
    strtab_free(&w->strings);
    free(w->types);
    free(w->members);
    free(w->enums);
    free(w->globals);
    free(w->funcs);
    free(w->literals);
    free(w->sites);
    free(w->notes);
    free(w->notes_cell);
    free(w->invariants);
    free(w->code);
}

/* A blob whose tables were found to lie inside it. */
struct blob {
    const char *path;
    const struct lu_desc *d;
    const char *strings;
    uint32_t base_type, base_member, base_enum, base_global, base_site;
    int bad;
};

static int table_ok(const struct lu_desc *d, const struct lu_desc_table *t, size_t record)
{
    return t->offset % 8 == 0 && t->offset >= sizeof(*d) && t->offset <= d->size &&
           t->count <= (d->size - t->offset) / record;
}

static int blob_ok(const struct lu_desc *d, size_t size, uint64_t magic)
{
    return size >= sizeof(*d) && d->magic == magic && d->version == LU_DESC_VERSION &&
           d->size >= sizeof(*d) && d->size <= size &&
           table_ok(d, &d->types, sizeof(struct lu_type)) &&
           table_ok(d, &d->members, sizeof(struct lu_member)) &&
           table_ok(d, &d->enums, sizeof(struct lu_enumerator)) &&
           table_ok(d, &d->globals, sizeof(struct lu_global)) &&
           table_ok(d, &d->funcs, sizeof(struct lu_func)) &&
           table_ok(d, &d->literals, sizeof(struct lu_literal)) &&
           table_ok(d, &d->sites, sizeof(struct lu_site)) && table_ok(d, &d->strings, 1) &&
           (magic == LU_TU_MAGIC || (table_ok(d, &d->invariants, sizeof(struct lu_invariant)) &&
                                     table_ok(d, &d->code, 1))) &&
           d->types.count && d->strings.count &&
           !((const char *)d)[d->strings.offset + d->strings.count - 1];
}

static int notes_ok(const struct lu_tu *t, size_t size)
{
    return size >= sizeof(*t) && t->desc.size >= sizeof(*t) &&
           table_ok(&t->desc, &t->notes, sizeof(struct lu_tu_note));
}

static uint32_t take_string(struct world *w, struct blob *b, uint32_t at)
{
    if (at >= b->d->strings.count) {
        b->bad = 1;
        return 0;
    }
    return strtab_add(&w->strings, b->strings + at);
}

static uint32_t take_type(struct blob *b, uint32_t index)
{
    if (index >= b->d->types.count) {
        b->bad = 1;
        return 0;
    }
    return index ? b->base_type + index : 0;
}

static void take_range(struct blob *b, const struct lu_type *t, uint32_t count)
{
    if (t->first > count || t->count > count - t->first)
        b->bad = 1;
}

#define GROW(w, table, b)                                                                          \
    must_realloc((w)->table, ((w)->n_##table + (b)->d->table.count) * sizeof(*(w)->table))

static void add_types(struct world *w, struct blob *b)
{
    const struct lu_type *from = (const void *)((const char *)b->d + b->d->types.offset);

    w->types = GROW(w, types, b);
    for (uint32_t i = 0; i < b->d->types.count; i++) {
        struct lu_type t = from[i];

        t.name = take_string(w, b, t.name);
        t.ref = take_type(b, t.ref);
        if (t.kind == LU_T_STRUCT || t.kind == LU_T_UNION || t.kind == LU_T_FUNC) {
            take_range(b, &t, b->d->members.count);
            t.first += b->base_member;
        } else if (t.kind == LU_T_ENUM) {
            take_range(b, &t, b->d->enums.count);
            t.first += b->base_enum;
        } else if (t.kind > LU_T_OPAQUE || (i == 0 && t.kind != LU_T_VOID)) {
            b->bad = 1;
        }
        w->types[w->n_types++] = t;
    }
}

static void add_members(struct world *w, struct blob *b)
{
    const struct lu_member *from = (const void *)((const char *)b->d + b->d->members.offset);

    w->members = GROW(w, members, b);
    for (uint32_t i = 0; i < b->d->members.count; i++) {
        struct lu_member m = from[i];

        m.name = take_string(w, b, m.name);
        m.type = take_type(b, m.type);
        m.aux = take_string(w, b, m.aux);
        w->members[w->n_members++] = m;
    }
}

static void add_enums(struct world *w, struct blob *b)
{
    const struct lu_enumerator *from = (const void *)((const char *)b->d + b->d->enums.offset);

    w->enums = GROW(w, enums, b);
    for (uint32_t i = 0; i < b->d->enums.count; i++) {
        struct lu_enumerator e = from[i];

        e.name = take_string(w, b, e.name);
        w->enums[w->n_enums++] = e;
    }
}

static void add_globals(struct world *w, struct blob *b)
{
    const struct lu_global *from = (const void *)((const char *)b->d + b->d->globals.offset);

    w->globals = GROW(w, globals, b);
    for (uint32_t i = 0; i < b->d->globals.count; i++) {
        struct lu_global g = from[i];

        g.name = take_string(w, b, g.name);
        if (!(g.flags & LU_TU_DEFERRED)) {
            g.scope = take_string(w, b, g.scope);
            g.type = take_type(b, g.type);
        }
        w->globals[w->n_globals++] = g;
    }
}

static void add_funcs(struct world *w, struct blob *b)
{
    const struct lu_func *from = (const void *)((const char *)b->d + b->d->funcs.offset);

    w->funcs = GROW(w, funcs, b);
    for (uint32_t i = 0; i < b->d->funcs.count; i++) {
        struct lu_func f = from[i];

        f.name = take_string(w, b, f.name);
        f.scope = take_string(w, b, f.scope);
        f.type = take_type(b, f.type);
        w->funcs[w->n_funcs++] = f;
    }
}

static void add_literals(struct world *w, struct blob *b)
{
    const struct lu_literal *from = (const void *)((const char *)b->d + b->d->literals.offset);

    w->literals = GROW(w, literals, b);
    for (uint32_t i = 0; i < b->d->literals.count; i++) {
        struct lu_literal l = from[i];

        l.type = take_type(b, l.type);
        w->literals[w->n_literals++] = l;
    }
}

static void add_sites(struct world *w, struct blob *b)
{
    const struct lu_site *from = (const void *)((const char *)b->d + b->d->sites.offset);

    w->sites = GROW(w, sites, b);
    for (uint32_t i = 0; i < b->d->sites.count; i++) {
        struct lu_site s = from[i];

        s.func = take_string(w, b, s.func);
        s.callee = take_string(w, b, s.callee);
        if (!(s.flags & LU_TU_DEFERRED))
            s.type = take_type(b, s.type);
        else if (s.type >= b->d->globals.count)
            b->bad = 1;
        else
            s.type += b->base_global;
        w->sites[w->n_sites++] = s;
    }
}

static void add_notes(struct world *w, struct blob *b)
{
    const struct lu_tu *t = (const void *)b->d;
    const struct lu_tu_note *from = (const void *)((const char *)t + t->notes.offset);

    w->notes = must_realloc(w->notes, (w->n_notes + t->notes.count) * sizeof(*w->notes));
    w->notes_cell =
        must_realloc(w->notes_cell, (w->n_notes + t->notes.count) * sizeof(*w->notes_cell));
    for (uint32_t i = 0; i < t->notes.count; i++) {
        struct lu_tu_note n = from[i];

        n.file = take_string(w, b, n.file);
        n.func = take_string(w, b, n.func);
        n.callee = take_string(w, b, n.callee);
        n.reason = take_string(w, b, n.reason);
        if (n.site != ~0u && n.site >= b->d->sites.count) {
            b->bad = 1;
            n.site = ~0u;
        }
        w->notes_cell[w->n_notes] = n.site == ~0u ? 0 : w->sites[b->base_site + n.site].cell;
        w->notes[w->n_notes++] = n;
    }
}

/* A unit has none: they are in a section of their own until the link. */
static void add_invariants(struct world *w, struct blob *b)
{
    const struct lu_invariant *from = (const void *)((const char *)b->d + b->d->invariants.offset);

    w->invariants = GROW(w, invariants, b);
    for (uint32_t i = 0; i < b->d->invariants.count; i++) {
        struct lu_invariant v = from[i];

        v.name = take_string(w, b, v.name);
        v.text = take_string(w, b, v.text);
        v.place = take_string(w, b, v.place);
        if (v.code > b->d->code.count || v.code_len > b->d->code.count - v.code)
            b->bad = 1;
        v.code += w->n_code;
        w->invariants[w->n_invariants++] = v;
    }
    w->code = GROW(w, code, b);
    memcpy(w->code + w->n_code, (const char *)b->d + b->d->code.offset, b->d->code.count);
    w->n_code += b->d->code.count;
}

int world_add(struct world *w, const char *path, const void *data, size_t size, uint64_t magic)
{
    struct blob b = {.path = path, .d = data};

    if (!blob_ok(data, size, magic) || (magic == LU_TU_MAGIC && !notes_ok(data, size))) {
        fprintf(stderr, "%s: malformed state description\n", path);
        return -EINVAL;
    }
    b.strings = (const char *)data + b.d->strings.offset;
    b.base_type = w->n_types;
    b.base_member = w->n_members;
    b.base_enum = w->n_enums;
    b.base_global = w->n_globals;
    b.base_site = w->n_sites;
    memcpy(w->component, b.d->component, sizeof(w->component));
    w->component[sizeof(w->component) - 1] = 0;
    w->transfer_lines += b.d->transfer_lines;
    add_types(w, &b);
    add_members(w, &b);
    add_enums(w, &b);
    add_globals(w, &b);
    add_funcs(w, &b);
    add_literals(w, &b);
    add_sites(w, &b);
    if (magic == LU_TU_MAGIC)
        add_notes(w, &b);
    if (magic == LU_DESC_MAGIC)
        add_invariants(w, &b);
    if (b.bad)
        fprintf(stderr, "%s: a state description refers to what is not there\n", path);
    return b.bad ? -EINVAL : 0;
}

void world_pack_strings(struct world *w)
{
    uint32_t *moved = strtab_pack(&w->strings);

    for (uint32_t i = 0; i < w->n_types; i++)
        w->types[i].name = moved[w->types[i].name];
    for (uint32_t i = 0; i < w->n_members; i++) {
        w->members[i].name = moved[w->members[i].name];
        w->members[i].aux = moved[w->members[i].aux];
    }
    for (uint32_t i = 0; i < w->n_enums; i++)
        w->enums[i].name = moved[w->enums[i].name];
    for (uint32_t i = 0; i < w->n_globals; i++) {
        w->globals[i].name = moved[w->globals[i].name];
        w->globals[i].scope = moved[w->globals[i].scope];
    }
    for (uint32_t i = 0; i < w->n_funcs; i++) {
        w->funcs[i].name = moved[w->funcs[i].name];
        w->funcs[i].scope = moved[w->funcs[i].scope];
    }
    for (uint32_t i = 0; i < w->n_sites; i++) {
        w->sites[i].func = moved[w->sites[i].func];
        w->sites[i].callee = moved[w->sites[i].callee];
    }
    for (uint32_t i = 0; i < w->n_invariants; i++) {
        w->invariants[i].name = moved[w->invariants[i].name];
        w->invariants[i].text = moved[w->invariants[i].text];
        w->invariants[i].place = moved[w->invariants[i].place];
    }
    free(moved);
}

static struct lu_desc_table put(char *blob, size_t *at, const void *data, uint32_t n, size_t record)
{
    struct lu_desc_table t = {(uint32_t)*at, n};

    if (blob && n)
        memcpy(blob + *at, data, n * record);
    *at = (*at + n * record + 7) / 8 * 8;
    return t;
}

static size_t lay_out(const struct world *w, char *blob, struct lu_desc *d)
{
    size_t at = sizeof(*d);

    d->types = put(blob, &at, w->types, w->n_types, sizeof(*w->types));
    d->members = put(blob, &at, w->members, w->n_members, sizeof(*w->members));
    d->enums = put(blob, &at, w->enums, w->n_enums, sizeof(*w->enums));
    d->globals = put(blob, &at, w->globals, w->n_globals, sizeof(*w->globals));
    d->funcs = put(blob, &at, w->funcs, w->n_funcs, sizeof(*w->funcs));
    d->literals = put(blob, &at, w->literals, w->n_literals, sizeof(*w->literals));
    d->sites = put(blob, &at, w->sites, w->n_sites, sizeof(*w->sites));
    d->strings = put(blob, &at, w->strings.bytes, (uint32_t)w->strings.size, 1);
    d->invariants = put(blob, &at, w->invariants, w->n_invariants, sizeof(*w->invariants));
    d->code = put(blob, &at, w->code, w->n_code, 1);
    return at;
}

void *world_blob(const struct world *w, size_t *ret_size)
{
    struct lu_desc d = {
        .magic = LU_DESC_MAGIC, .version = LU_DESC_VERSION, .transfer_lines = w->transfer_lines};
    size_t size = lay_out(w, NULL, &d);
    char *blob = must_calloc(1, size);

    lay_out(w, blob, &d);
    d.size = (uint32_t)size;
    memcpy(d.component, w->component, sizeof(d.component));
    memcpy(blob, &d, sizeof(d));
    *ret_size = size;
    return blob;
}
