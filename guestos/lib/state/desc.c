/* SPDX-License-Identifier: MIT
 *
 * Opening a description: every table, index, size and offset is checked here,
 * once, so that the rest of the engine can follow them blindly.
 */
#include "mem.h"

#include <st/desc.h>

/* Work of visiting one object of a type may not exceed this many scalars per byte
 * (plus a constant): forbids blobs that nest empty structures exponentially. */
#define WEIGHT_PER_BYTE 16u
#define WEIGHT_FIXED 4096u

static int bad(struct st_err *err, size_t offset, const char *what)
{
    return st_err_at(err, -LU_EFORMAT, (unsigned)offset, "malformed description: %s", what);
}

static int table_open(const struct lu_desc *h, const struct lu_desc_table *t, size_t record,
                      const void **ret, uint32_t *ret_n, struct st_err *err)
{
    size_t where = (size_t)((const char *)t - (const char *)h);

    if (t->offset % 8 || t->offset < sizeof(*h) || t->offset > h->size)
        return bad(err, where, "a table starts outside");
    if (t->count > (h->size - t->offset) / record)
        return bad(err, where, "a table ends outside");
    *ret = (const char *)h + t->offset;
    *ret_n = t->count;
    return 0;
}

static int tables_open(struct st_desc *d, struct st_err *err)
{
    const struct lu_desc *h = d->header;
    const struct {
        const struct lu_desc_table *table;
        size_t record;
        const void *ret;
        uint32_t *ret_n;
    } t[] = {
        {&h->types, sizeof(struct lu_type), &d->types, &d->n_types},
        {&h->members, sizeof(struct lu_member), &d->members, &d->n_members},
        {&h->enums, sizeof(struct lu_enumerator), &d->enums, &d->n_enums},
        {&h->globals, sizeof(struct lu_global), &d->globals, &d->n_globals},
        {&h->funcs, sizeof(struct lu_func), &d->funcs, &d->n_funcs},
        {&h->literals, sizeof(struct lu_literal), &d->literals, &d->n_literals},
        {&h->sites, sizeof(struct lu_site), &d->sites, &d->n_sites},
        {&h->strings, 1, &d->strings, &d->n_strings},
        {&h->invariants, sizeof(struct lu_invariant), &d->invariants, &d->n_invariants},
        {&h->code, 1, &d->code, &d->n_code},
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        const void *p;
        int ret = table_open(h, t[i].table, t[i].record, &p, t[i].ret_n, err);
        if (ret < 0)
            return ret;
        memcpy((void *)(uintptr_t)t[i].ret, &p, sizeof(p));
    }
    if (!d->n_strings || d->strings[0] || d->strings[d->n_strings - 1])
        return bad(err, offsetof(struct lu_desc, strings), "string table is not terminated");
    if (!d->n_types || d->types[0].kind != LU_T_VOID)
        return bad(err, offsetof(struct lu_desc, types), "type 0 is not void");
    return 0;
}

static size_t offset_of(const struct st_desc *d, const void *p)
{
    return (size_t)((const char *)p - (const char *)d->header);
}

static bool range_ok(uint32_t first, uint32_t count, uint32_t n)
{
    return first <= n && count <= n - first;
}

static bool type_size_ok(const struct lu_type *t)
{
    switch (t->kind) {
    case LU_T_BOOL:
    case LU_T_CHAR:
        return t->size == 1;
    case LU_T_INT:
    case LU_T_UINT:
        return t->size == 1 || t->size == 2 || t->size == 4 || t->size == 8 || t->size == 16;
    case LU_T_ENUM:
        return t->size == 1 || t->size == 2 || t->size == 4 || t->size == 8;
    case LU_T_FLOAT:
        return t->size == 2 || t->size == 4 || t->size == 8 || t->size == 16 || t->size == 32;
    case LU_T_PTR:
        return t->size == 8;
    case LU_T_VOID:
    case LU_T_FUNC:
    case LU_T_OPAQUE:
        return t->size == 0;
    default:
        return t->size <= ST_MAX_OBJECT;
    }
}

static int type_check(const struct st_desc *d, const struct lu_type *t, struct st_err *err)
{
    if (t->kind > LU_T_OPAQUE || t->name >= d->n_strings)
        return bad(err, offset_of(d, t), "type of unknown kind or name");
    if (!type_size_ok(t))
        return bad(err, offset_of(d, t), "size of a type");
    switch (t->kind) {
    case LU_T_ENUM:
        if (t->ref >= d->n_types || !range_ok(t->first, t->count, d->n_enums))
            return bad(err, offset_of(d, t), "enumerators outside");
        return 0;
    case LU_T_PTR:
        return t->ref < d->n_types ? 0 : bad(err, offset_of(d, t), "pointee outside");
    case LU_T_ARRAY:
        if (t->ref >= d->n_types)
            return bad(err, offset_of(d, t), "element type outside");
        if (d->types[t->ref].size > ST_MAX_OBJECT ||
            t->size != d->types[t->ref].size * (uint64_t)t->count)
            return bad(err, offset_of(d, t), "size of an array");
        return 0;
    case LU_T_FUNC:
        if (t->ref >= d->n_types)
            return bad(err, offset_of(d, t), "result type outside");
        __attribute__((fallthrough));
    case LU_T_STRUCT:
    case LU_T_UNION:
        if (!range_ok(t->first, t->count, d->n_members))
            return bad(err, offset_of(d, t), "members outside");
        return 0;
    default:
        return 0;
    }
}

static bool is_integer(uint16_t kind)
{
    return kind == LU_T_INT || kind == LU_T_UINT || kind == LU_T_ENUM || kind == LU_T_BOOL ||
           kind == LU_T_CHAR;
}

static int member_check(const struct st_desc *d, const struct lu_member *m, struct st_err *err)
{
    if (m->name >= d->n_strings || m->aux >= d->n_strings || m->type >= d->n_types)
        return bad(err, offset_of(d, m), "name or type of a member");
    if (m->bit_size) {
        const struct lu_type *t = &d->types[m->type];
        if (!is_integer(t->kind) || m->bit_size > t->size * 8 || m->bit_size > 64)
            return bad(err, offset_of(d, m), "bit-field");
    } else if (m->bit_offset % 8) {
        return bad(err, offset_of(d, m), "offset of a member");
    }
    return 0;
}

/* Members of a structure follow each other; those of a union start at 0; all end inside. */
static int layout_check(const struct st_desc *d, const struct lu_type *t, struct st_err *err)
{
    uint64_t end = 0;

    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_member *m = &d->members[t->first + i];
        uint64_t bits = m->bit_size ? m->bit_size : d->types[m->type].size * 8;

        if (m->bit_offset > t->size * 8 || bits > t->size * 8 - m->bit_offset)
            return bad(err, offset_of(d, m), "member ends outside its type");
        if (t->kind == LU_T_STRUCT && m->bit_offset < end)
            return bad(err, offset_of(d, m), "members overlap");
        end = m->bit_offset + bits;
    }
    return 0;
}

static int types_check(const struct st_desc *d, struct st_err *err)
{
    int ret;

    for (uint32_t i = 0; i < d->n_types; i++)
        if ((ret = type_check(d, &d->types[i], err)) < 0)
            return ret;
    for (uint32_t i = 0; i < d->n_members; i++)
        if ((ret = member_check(d, &d->members[i], err)) < 0)
            return ret;
    for (uint32_t i = 0; i < d->n_enums; i++)
        if (d->enums[i].name >= d->n_strings)
            return bad(err, offset_of(d, &d->enums[i]), "name of an enumerator");
    for (uint32_t i = 0; i < d->n_types; i++) {
        const struct lu_type *t = &d->types[i];
        if (t->kind == LU_T_STRUCT || t->kind == LU_T_UNION)
            if ((ret = layout_check(d, t, err)) < 0)
                return ret;
    }
    return 0;
}

static int objects_check(const struct st_desc *d, struct st_err *err)
{
    uint64_t last = 0;

    for (uint32_t i = 0; i < d->n_globals; last = d->globals[i++].addr) {
        const struct lu_global *g = &d->globals[i];
        if (g->addr < last || g->addr + g->size < g->addr || g->size > ST_MAX_OBJECT)
            return bad(err, offset_of(d, g), "globals are not sorted");
        if (g->name >= d->n_strings || g->scope >= d->n_strings || g->type >= d->n_types ||
            g->size < d->types[g->type].size)
            return bad(err, offset_of(d, g), "name or type of a global");
    }
    last = 0;
    for (uint32_t i = 0; i < d->n_funcs; last = d->funcs[i++].addr) {
        const struct lu_func *f = &d->funcs[i];
        if (f->addr < last || f->name >= d->n_strings || f->scope >= d->n_strings ||
            f->type >= d->n_types)
            return bad(err, offset_of(d, f), "function");
    }
    last = 0;
    for (uint32_t i = 0; i < d->n_literals; last = d->literals[i++].addr) {
        const struct lu_literal *l = &d->literals[i];
        if (l->addr < last || l->addr + l->size < l->addr || l->type >= d->n_types)
            return bad(err, offset_of(d, l), "literal");
    }
    last = 0;
    for (uint32_t i = 0; i < d->n_sites; last = d->sites[i++].cell) {
        const struct lu_site *s = &d->sites[i];
        if (s->cell < last || s->func >= d->n_strings || s->callee >= d->n_strings ||
            s->type >= d->n_types)
            return bad(err, offset_of(d, s), "allocation site");
    }
    return 0;
}

/* Their code is verified when it is run. */
static int invariants_check(const struct st_desc *d, struct st_err *err)
{
    for (uint32_t i = 0; i < d->n_invariants; i++) {
        const struct lu_invariant *v = &d->invariants[i];

        if (v->name >= d->n_strings || v->text >= d->n_strings || v->place >= d->n_strings ||
            !range_ok(v->code, v->code_len, d->n_code))
            return bad(err, offset_of(d, v), "invariant");
    }
    return 0;
}

/* What st_desc_open computes for each type: by relaxation, since a blob may list types in
 * any order, and a type that contains itself never settles. */
struct shape {
    uint8_t depth, info;
    uint64_t weight;
};

static void shape_member(const struct st_desc *d, const struct shape *shapes,
                         const struct lu_type *t, const struct lu_member *m, struct shape *s)
{
    const struct shape *inner = &shapes[m->type];
    bool plain = m->flags & (LU_A_IXFER | LU_A_SXFER | LU_A_NOXFER);
    uint32_t of_type = d->types[m->type].flags;

    if (m->flags & LU_A_PXFER)
        s->info |= ST_TYPE_POINTERS;
    if (!plain && !(of_type & (LU_A_IXFER | LU_A_SXFER | LU_A_NOXFER)))
        s->info |= inner->info;
    if (inner->depth >= s->depth)
        s->depth = (uint8_t)(inner->depth + 1);
    if (t->kind == LU_T_UNION)
        s->weight = inner->weight >= s->weight ? inner->weight + 1 : s->weight;
    else
        s->weight += inner->weight;
}

static struct shape shape_of(const struct st_desc *d, const struct shape *shapes,
                             const struct lu_type *t)
{
    struct shape s = {.weight = 1};

    switch (t->kind) {
    case LU_T_PTR:
        s.info = ST_TYPE_POINTERS;
        break;
    case LU_T_ARRAY:
        s.depth = (uint8_t)(shapes[t->ref].depth + 1);
        s.info = shapes[t->ref].info;
        if (__builtin_mul_overflow(shapes[t->ref].weight, (uint64_t)t->count, &s.weight))
            s.weight = 1ull << 60;
        s.weight++;
        break;
    case LU_T_UNION:
        s.info = ST_TYPE_UNIONS;
        __attribute__((fallthrough));
    case LU_T_STRUCT:
        for (uint32_t i = 0; i < t->count; i++)
            shape_member(d, shapes, t, &d->members[t->first + i], &s);
        break;
    default:
        break;
    }
    if (t->flags & LU_A_PXFER)
        s.info |= ST_TYPE_POINTERS;
    if (t->flags & (LU_A_IXFER | LU_A_SXFER))
        s.info = 0;
    return s;
}

static int shapes_compute(struct st_desc *d, struct shape *shapes, struct st_err *err)
{
    bool changed = true;

    for (unsigned round = 0; changed; round++) {
        changed = false;
        if (round > ST_MAX_NEST + 2)
            return bad(err, d->header->types.offset,
                       "types contain themselves, or nest too deeply");
        for (uint32_t i = 0; i < d->n_types; i++) {
            struct shape s = shape_of(d, shapes, &d->types[i]), *was = &shapes[i];

            if (s.depth > ST_MAX_NEST ||
                s.weight > WEIGHT_FIXED + WEIGHT_PER_BYTE * d->types[i].size)
                return bad(err, offset_of(d, &d->types[i]), "a type contains itself or too much");
            changed |= s.depth != was->depth || s.info != was->info || s.weight != was->weight;
            *was = s;
        }
    }
    for (uint32_t i = 0; i < d->n_types; i++)
        d->type_info[i] = shapes[i].info;
    return 0;
}

static bool global_less(const void *ctx, uint32_t a, uint32_t b)
{
    const struct st_desc *d = ctx;
    int c = strcmp(d->strings + d->globals[a].name, d->strings + d->globals[b].name);

    if (!c)
        c = strcmp(d->strings + d->globals[a].scope, d->strings + d->globals[b].scope);
    return c ? c < 0 : a < b;
}

static bool func_less(const void *ctx, uint32_t a, uint32_t b)
{
    const struct st_desc *d = ctx;
    int c = strcmp(d->strings + d->funcs[a].name, d->strings + d->funcs[b].name);

    if (!c)
        c = strcmp(d->strings + d->funcs[a].scope, d->strings + d->funcs[b].scope);
    return c ? c < 0 : a < b;
}

static int index_make(struct st_desc *d, struct st_err *err)
{
    struct shape *shapes = st_mem_array(&d->mem, d->n_types, sizeof(*shapes));
    int ret;

    d->type_info = st_mem_array(&d->mem, d->n_types, 1);
    d->by_name = st_mem_array(&d->mem, d->n_globals, sizeof(uint32_t));
    d->func_names = st_mem_array(&d->mem, d->n_funcs, sizeof(uint32_t));
    if (shapes && d->type_info && d->by_name && d->func_names)
        ret = shapes_compute(d, shapes, err);
    else
        ret = st_err_set(err, -LU_ENOMEM, NULL, "no memory to read a description");
    st_mem_free_array(&d->mem, shapes, d->n_types, sizeof(*shapes));
    if (ret < 0)
        return ret;
    for (uint32_t i = 0; i < d->n_globals; i++)
        d->by_name[i] = i;
    for (uint32_t i = 0; i < d->n_funcs; i++)
        d->func_names[i] = i;
    st_sort(d->by_name, d->n_globals, global_less, d);
    st_sort(d->func_names, d->n_funcs, func_less, d);
    return 0;
}

int st_desc_open(struct st_desc *ret, const void *blob, size_t size, const struct st_mem *mem,
                 struct st_err *err)
{
    struct st_desc d = {.header = blob, .mem = *mem};
    int r;

    if ((uintptr_t)blob % 8 || size < sizeof(struct lu_desc) || size > ST_MAX_BLOB)
        return bad(err, 0, "its size");
    if (d.header->magic != LU_DESC_MAGIC)
        return bad(err, 0, "it is none (magic)");
    if (d.header->version != LU_DESC_VERSION)
        return st_err_at(err, -LU_EFORMAT, 8, "description of version %u; this engine reads %u",
                         d.header->version, LU_DESC_VERSION);
    if (d.header->size > size || d.header->size < sizeof(struct lu_desc))
        return bad(err, 12, "truncated");
    if (strnlen(d.header->component, LU_NAME_MAX) == LU_NAME_MAX)
        return bad(err, 16, "component name");
    r = tables_open(&d, err);
    r = r < 0 ? r : types_check(&d, err);
    r = r < 0 ? r : objects_check(&d, err);
    r = r < 0 ? r : invariants_check(&d, err);
    r = r < 0 ? r : index_make(&d, err);
    if (r < 0) {
        st_desc_close(&d);
        return r;
    }
    *ret = d;
    return 0;
}

void st_desc_close(struct st_desc *d)
{
    st_mem_free_array(&d->mem, d->type_info, d->n_types, 1);
    st_mem_free_array(&d->mem, d->by_name, d->n_globals, sizeof(uint32_t));
    st_mem_free_array(&d->mem, d->func_names, d->n_funcs, sizeof(uint32_t));
    d->type_info = NULL;
    d->by_name = d->func_names = NULL;
}
