/* SPDX-License-Identifier: MIT
 *
 * Checks one value by its type.  Nesting by value is bounded by ST_MAX_NEST
 * (st_desc_open), so the recursion here is too.
 */
#include "audit-core.h"
#include "text.h"

#include <string.h>

static uint64_t load(const uint8_t *data, uint64_t size)
{
    uint64_t v = 0;

    memcpy(&v, data, size < sizeof(v) ? size : sizeof(v));
    return v;
}

static int complain(struct st_audit *a, uint64_t addr, int code, const char *why, uint64_t value)
{
    uint64_t size = a->d->types[a->root_type].size;
    uint64_t offset = addr - a->first;
    char path[ST_PATH_MAX] = "";

    st_text_add(path, sizeof(path), "%s", a->name);
    if (size && offset >= size)
        st_text_add(path, sizeof(path), "[%llu]", (unsigned long long)(offset / size));
    if (size)
        st_type_path(a->d, a->root_type, offset % size, ST_PATH_LEAF, path, sizeof(path));
    return st_err_set(a->err, code, path, "%#llx %s", (unsigned long long)value, why);
}

int audit_interesting(const struct st_audit *a, uint32_t type)
{
    const struct lu_type *t = &a->d->types[type];

    for (unsigned depth = 0; t->kind == LU_T_ARRAY && depth <= ST_MAX_NEST; depth++)
        t = &a->d->types[t->ref];
    return t->kind == LU_T_STRUCT || t->kind == LU_T_UNION || t->kind == LU_T_PTR ||
           t->kind == LU_T_ENUM || t->kind == LU_T_BOOL;
}

static int audit_pointer(struct st_audit *a, const struct lu_type *t, const uint8_t *data,
                         uint64_t addr)
{
    uint64_t value = load(data, t->size);
    const char *why = "";
    int ret;

    if (value == 0)
        return 0;
    a->stats.pointers++;
    ret = audit_target(a, value, t->ref, &why);
    if (ret == -LU_EFORMAT)
        return ret; /* the heap's tables: said already */
    return ret < 0 ? complain(a, addr, ret, why, value) : 0;
}

static int audit_enum(struct st_audit *a, const struct lu_type *t, const uint8_t *data,
                      uint64_t addr)
{
    uint64_t value = load(data, t->size), mask = t->size >= 8 ? ~0ull : (1ull << t->size * 8) - 1;
    uint64_t all = 0;

    for (uint32_t i = 0; i < t->count; i++) {
        uint64_t e = (uint64_t)a->d->enums[t->first + i].value & mask;

        if (e == value)
            return 0;
        all |= e;
    }
    if (t->count == 0 || (value & ~all) == 0)
        return 0; /* flags: a combination of enumerators, or none of them */
    return complain(a, addr, -LU_ERANGE, "is no enumerator", value);
}

/* A pointer in a union may be meant as any of its pointer members. */
static int audit_union(struct st_audit *a, const struct lu_type *t, const uint8_t *data,
                       uint64_t addr)
{
    struct st_err *err = a->err;
    int ret = 0;

    for (uint32_t i = 0; i < t->count; i++)
        if (a->d->types[a->d->members[t->first + i].type].kind != LU_T_PTR)
            return 0;
    for (uint32_t i = 0; i < t->count; i++) {
        a->err = i + 1 < t->count ? NULL : err;
        ret = audit_pointer(a, &a->d->types[a->d->members[t->first + i].type], data, addr);
        if (ret == 0)
            break;
    }
    a->err = err;
    return ret;
}

static int audit_struct(struct st_audit *a, const struct lu_type *t, const uint8_t *data,
                        uint64_t addr)
{
    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_member *m = &a->d->members[t->first + i];
        uint64_t offset = m->bit_offset / 8;
        int ret;

        if (m->bit_size || (m->flags & (LU_A_IXFER | LU_A_SXFER | LU_A_NOXFER | LU_A_PXFER)))
            continue;
        ret = audit_value(a, m->type, data + offset, addr + offset);
        if (ret < 0)
            return ret;
    }
    return 0;
}

static int audit_array(struct st_audit *a, const struct lu_type *t, const uint8_t *data,
                       uint64_t addr)
{
    uint64_t size = a->d->types[t->ref].size;

    if (!audit_interesting(a, t->ref))
        return 0;
    for (uint32_t i = 0; i < t->count; i++) {
        int ret = audit_value(a, t->ref, data + i * size, addr + i * size);

        if (ret < 0)
            return ret;
    }
    return 0;
}

int audit_value(struct st_audit *a, uint32_t type, const uint8_t *data, uint64_t addr)
{
    const struct lu_type *t = &a->d->types[type];

    if (t->flags & (LU_A_IXFER | LU_A_SXFER | LU_A_NOXFER))
        return 0;
    switch (t->kind) {
    case LU_T_PTR:
        return audit_pointer(a, t, data, addr);
    case LU_T_BOOL:
        return data[0] > 1 ? complain(a, addr, -LU_ERANGE, "is no boolean", data[0]) : 0;
    case LU_T_ENUM:
        return audit_enum(a, t, data, addr);
    case LU_T_ARRAY:
        return audit_array(a, t, data, addr);
    case LU_T_STRUCT:
        return audit_struct(a, t, data, addr);
    case LU_T_UNION:
        return audit_union(a, t, data, addr);
    default:
        return 0;
    }
}
