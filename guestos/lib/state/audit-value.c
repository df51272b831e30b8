/* SPDX-License-Identifier: MIT
 *
 * Checks one value by its type.  Nesting by value is bounded by ST_MAX_NEST
 * (st_desc_open), so the recursion here is too.
 */
#include "audit-core.h"
#include "desc-tag.h"
#include "text.h"

#define FLAGS_MOST 4u /* consecutive enumerators that may still be bits to combine */

enum audit_mode audit_mode(const struct st_audit *a, uint32_t type, uint32_t flags,
                           enum audit_mode outer)
{
    if (!(flags & (LU_A_SXFER | LU_A_PXFER)))
        flags = a->d->types[type].flags;
    if (flags & LU_A_SXFER)
        return AUDIT_PLAIN;
    return flags & LU_A_PXFER ? AUDIT_POINTER : outer;
}

static int load(struct st_audit *a, uint64_t addr, uint64_t size, uint64_t *ret)
{
    const uint8_t *p = audit_bytes(a, addr, size < 8 ? size : 8);

    *ret = 0;
    if (!p)
        return -LU_EFAULT;
    memcpy(ret, p, size < 8 ? size : 8);
    return 0;
}

/* Path to the part of type `to` at an address. */
static void path_of(const struct st_audit *a, uint64_t addr, uint32_t to, char *path,
                    size_t path_size)
{
    uint64_t size = a->d->types[a->root_type].size, offset = addr - a->first;

    st_text_add(path, path_size, "%s", a->name);
    if (a->count > 1) {
        st_text_add(path, path_size, "[%llu]", (unsigned long long)(offset / size));
        offset %= size;
    }
    st_type_path(a->d, a->root_type, offset, to, path, path_size);
}

static int complain(struct st_audit *a, uint64_t addr, int code, const char *why, uint64_t value)
{
    char path[ST_PATH_MAX] = "";

    path_of(a, addr, ST_PATH_LEAF, path, sizeof(path));
    return st_err_set(a->err, code, path, "%#llx %s", (unsigned long long)value, why);
}

/* --- is there anything to look at? --- */

static bool is_integer(const struct lu_type *t)
{
    return t->kind == LU_T_INT || t->kind == LU_T_UINT;
}

static bool member_interesting(struct st_audit *a, const struct lu_member *m)
{
    if (m->flags & (LU_A_IXFER | LU_A_NOXFER))
        return false;
    return (m->flags & (LU_A_PXFER | LU_A_LEN | LU_A_TAG)) || audit_interesting(a, m->type);
}

static bool look(struct st_audit *a, const struct lu_type *t)
{
    switch (t->kind) {
    case LU_T_PTR:
    case LU_T_ENUM:
    case LU_T_BOOL:
        return true;
    case LU_T_ARRAY:
        return audit_interesting(a, t->ref);
    case LU_T_STRUCT:
    case LU_T_UNION:
        for (uint32_t i = 0; i < t->count; i++)
            if (member_interesting(a, &a->d->members[t->first + i]))
                return true;
        return false;
    default:
        return false;
    }
}

bool audit_interesting(struct st_audit *a, uint32_t type)
{
    const struct lu_type *t = &a->d->types[type];

    if (!a->interesting[type]) {
        bool yes = (t->flags & LU_A_PXFER) || look(a, t);

        a->interesting[type] = !yes || (t->flags & (LU_A_IXFER | LU_A_NOXFER)) ? 1 : 2;
    }
    return a->interesting[type] == 2;
}

/* --- scalars --- */

static int audit_pointer(struct st_audit *a, uint64_t value, uint32_t pointee, uint64_t addr)
{
    const char *why = "";
    int r;

    if (value == 0)
        return 0;
    a->stats.pointers++;
    r = audit_target(a, value, pointee, &why);
    return r < 0 ? complain(a, addr, r, why, value) : 0;
}

/* PXFER: what lies in a component's windows is a pointer, the rest a plain number. */
static int audit_integer(struct st_audit *a, const struct lu_type *t, uint64_t addr)
{
    uint64_t value;
    int r = load(a, addr, t->size, &value);

    if (r < 0 || t->size < 4 || value < LU_VA_IMAGE || value >= LU_VA_STACK_TOP)
        return r;
    return audit_pointer(a, value, 0, addr);
}

static uint64_t mask_of(uint32_t bits)
{
    return bits >= 64 ? ~0ull : (1ull << bits) - 1;
}

/* May values be combinations of the enumerators' bits? */
static bool may_be_flags(const struct st_desc *d, const struct lu_type *t)
{
    int64_t low = d->enums[t->first].value, high = low;

    for (uint32_t i = 1; i < t->count; i++) {
        int64_t v = d->enums[t->first + i].value;

        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    return t->count <= FLAGS_MOST || (uint64_t)high - (uint64_t)low >= t->count;
}

static bool enum_has(const struct st_desc *d, const struct lu_type *t, uint64_t value,
                     uint32_t bits)
{
    uint64_t all = 0;

    if (!t->count)
        return true;
    for (uint32_t i = 0; i < t->count; i++) {
        uint64_t e = (uint64_t)d->enums[t->first + i].value & mask_of(bits);

        if (e == value)
            return true;
        all |= e;
    }
    return value == 0 || (may_be_flags(d, t) && (value & ~all) == 0); /* 0: never set */
}

static int audit_enum(struct st_audit *a, const struct lu_type *t, uint64_t addr)
{
    uint64_t value;
    int r = load(a, addr, t->size, &value);

    if (r < 0 || enum_has(a->d, t, value, (uint32_t)t->size * 8))
        return r;
    return complain(a, addr, -LU_ERANGE, "is no enumerator", value);
}

static int audit_bool(struct st_audit *a, uint64_t addr)
{
    uint64_t value;
    int r = load(a, addr, 1, &value);

    return r == 0 && value > 1 ? complain(a, addr, -LU_ERANGE, "is no boolean", value) : r;
}

/* --- parts of structures --- */

/* Any integer member, bit-field or not.  `bit` counts from the structure's start. */
static int load_bits(struct st_audit *a, uint64_t base, const struct lu_member *m, uint64_t bit,
                     uint64_t *ret)
{
    const struct lu_type *t = &a->d->types[m->type];
    uint32_t width = m->bit_size ? m->bit_size : (uint32_t)t->size * 8, shift = bit % 8;
    const uint8_t *p = audit_bytes(a, base + bit / 8, (shift + width + 7) / 8);
    uint64_t low = 0, high = 0;

    if (!p)
        return -LU_EFAULT;
    memcpy(&low, p, shift + width < 64 ? (shift + width + 7) / 8 : 8);
    if (shift + width > 64)
        high = p[8];
    *ret = (shift ? low >> shift | high << (64 - shift) : low) & mask_of(width);
    return 0;
}

static uint64_t sign_extend(const struct st_desc *d, const struct lu_member *m, uint64_t value)
{
    const struct lu_type *t = &d->types[m->type];
    uint32_t width = m->bit_size ? m->bit_size : (uint32_t)t->size * 8;

    if (t->kind == LU_T_ENUM)
        t = &d->types[t->ref];
    if (t->kind != LU_T_INT && t->kind != LU_T_CHAR)
        return value;
    return (uint64_t)((int64_t)(value << (64 - width)) >> (64 - width));
}

/* Value of the sibling `name`; 0 if there is no such integer, 1, or -LU_EFAULT. */
static int load_sibling(struct st_audit *a, const struct audit_home *home, const char *name,
                        const struct lu_member **ret_member, uint64_t *ret)
{
    uint64_t bit;
    int r;

    *ret_member = desc_count_member(a->d, home->type, name, &bit);
    if (!*ret_member)
        return 0;
    r = load_bits(a, home->addr, *ret_member, bit, ret);
    if (r == 0)
        *ret = sign_extend(a->d, *ret_member, *ret);
    return r < 0 ? r : 1;
}

static int audit_bits(struct st_audit *a, const struct lu_type *of, uint64_t base,
                      const struct lu_member *m)
{
    const struct lu_type *t = &a->d->types[m->type];
    char path[ST_PATH_MAX] = "";
    uint64_t value;
    int r;

    if (t->kind != LU_T_ENUM && t->kind != LU_T_BOOL)
        return 0;
    r = load_bits(a, base, m, m->bit_offset, &value);
    if (r < 0 || (t->kind == LU_T_BOOL ? value <= 1 : enum_has(a->d, t, value, m->bit_size)))
        return r;
    path_of(a, base, (uint32_t)(of - a->d->types), path, sizeof(path));
    st_text_add(path, sizeof(path), ".%s", st_desc_string(a->d, m->name));
    return st_err_set(a->err, -LU_ERANGE, path, "%#llx is no %s", (unsigned long long)value,
                      t->kind == LU_T_BOOL ? "boolean" : "enumerator");
}

static int too_short(struct st_audit *a, uint64_t addr, uint64_t n, uint64_t size, uint64_t room)
{
    char path[ST_PATH_MAX] = "";

    path_of(a, addr, ST_PATH_LEAF, path, sizeof(path));
    return st_err_set(a->err, -LU_ERANGE, path,
                      "has %lld elements of %llu bytes, says LU_LEN, but %llu bytes are there",
                      (long long)n, (unsigned long long)size, (unsigned long long)room);
}

static uint64_t room_in(const struct st_range *ranges, uint32_t n, uint64_t value)
{
    for (uint32_t i = 0; i < n; i++)
        if (value - ranges[i].addr < ranges[i].len)
            return ranges[i].len - (value - ranges[i].addr);
    return 0;
}

/* The elements that a pointer with LU_LEN leads to. */
static int audit_counted(struct st_audit *a, const struct lu_type *t, uint64_t addr, uint64_t n)
{
    uint64_t value, size = a->d->types[t->ref].size, room;
    struct audit_place p;
    int r = load(a, addr, t->size, &value);

    if (r < 0 || !value || !n)
        return r;
    audit_place(a, value, &p);
    room = p.size ? p.base + p.size - value : room_in(a->view->dma, a->view->n_dma, value);
    if (!room)
        room = room_in(a->view->mmio, a->view->n_mmio, value);
    if (n > room / (size ? size : 1))
        return too_short(a, addr, n, size ? size : 1, room);
    return p.untyped && audit_interesting(a, t->ref) ? audit_later(a, value, t->ref, n) : 0;
}

/* A pointer (ret_n is NULL) or flexible array (*ret_n: how many there are) of which a sibling
 * counts the elements. */
static int audit_length(struct st_audit *a, const struct audit_home *home,
                        const struct lu_member *m, enum audit_mode mode, uint64_t addr,
                        uint64_t *ret_n)
{
    const struct lu_type *t = &a->d->types[m->type];
    uint64_t n, size = a->d->types[t->ref].size;
    const struct lu_member *count;
    int r = load_sibling(a, home, st_desc_string(a->d, m->aux), &count, &n);

    if (r <= 0)
        return r;
    if (!ret_n)
        return mode == AUDIT_PLAIN ? 0 : audit_counted(a, t, addr, n);
    if (n > *ret_n)
        return too_short(a, addr, n, size, *ret_n * size);
    *ret_n = n;
    return 0;
}

/* The flexible array at the end of an object. */
static int audit_flexible(struct st_audit *a, const struct audit_home *home,
                          const struct lu_member *m, enum audit_mode mode, uint64_t addr)
{
    const struct lu_type *t = &a->d->types[m->type];
    uint64_t size = a->d->types[t->ref].size, n;
    int r = 0;

    n = size && a->end > addr ? (a->end - addr) / size : 0;
    if ((m->flags & LU_A_LEN) && size)
        r = audit_length(a, home, m, mode, addr, &n);
    mode = audit_mode(a, t->ref, 0, mode);
    if (!audit_interesting(a, t->ref) && mode != AUDIT_POINTER)
        return r;
    for (uint64_t i = 0; i < n && r == 0; i++)
        r = audit_value(a, t->ref, mode, addr + i * size);
    return r;
}

/* --- unions --- */

static int union_is_zero(struct st_audit *a, const struct lu_type *u, uint64_t addr, bool *ret)
{
    *ret = true;
    for (uint64_t i = 0; i < u->size && *ret; i++) {
        const uint8_t *p = audit_bytes(a, addr + i, 1);

        if (!p)
            return -LU_EFAULT;
        *ret = !*p;
    }
    return 0;
}

static int audit_tagged(struct st_audit *a, const struct lu_type *u, const struct lu_member *tag,
                        uint64_t value, enum audit_mode mode, uint64_t addr)
{
    bool zero;
    int r;

    for (uint32_t i = 0; i < u->count; i++) {
        const struct lu_member *m = &a->d->members[u->first + i];
        int64_t selects;

        if (!desc_tag_value(a->d, m, &a->d->types[tag->type], i, &selects) ||
            (uint64_t)selects != value)
            continue;
        if (m->bit_size || (m->flags & (LU_A_IXFER | LU_A_NOXFER)))
            return 0;
        return audit_value(a, m->type, audit_mode(a, m->type, m->flags, mode), addr);
    }
    r = union_is_zero(a, u, addr, &zero);
    return r == 0 && !zero ? complain(a, addr, -LU_ERANGE, "as tag selects no member", value) : r;
}

/* A pointer in a union may be meant as any of its pointer members. */
static int audit_untagged(struct st_audit *a, const struct lu_type *u, uint64_t addr)
{
    const char *why = "";
    uint64_t value;
    int r = 0;

    for (uint32_t i = 0; i < u->count; i++)
        if (a->d->types[a->d->members[u->first + i].type].kind != LU_T_PTR)
            return 0;
    if (u->count)
        r = load(a, addr, 8, &value);
    if (r < 0 || !u->count || !value)
        return r;
    a->stats.pointers++;
    for (uint32_t i = 0; i < u->count; i++) {
        r = audit_target(a, value, a->d->types[a->d->members[u->first + i].type].ref, &why);
        if (r == 0)
            return 0;
    }
    return complain(a, addr, r, why, value);
}

static int audit_union(struct st_audit *a, const struct audit_home *home, const struct lu_member *m,
                       enum audit_mode mode, uint64_t addr)
{
    const struct lu_type *u = &a->d->types[m->type];
    const struct lu_member *tag;
    char name[ST_PATH_MAX];
    uint64_t value;
    int r =
        desc_tag_name(a->d, m, name, sizeof(name)) ? load_sibling(a, home, name, &tag, &value) : 0;

    if (r > 0)
        return audit_tagged(a, u, tag, value, mode, addr);
    return r < 0 || mode == AUDIT_PLAIN ? r : audit_untagged(a, u, addr);
}

/* --- aggregates --- */

static int audit_struct(struct st_audit *a, const struct audit_home *home, const struct lu_type *t,
                        enum audit_mode mode, uint64_t addr);

static int audit_member(struct st_audit *a, const struct audit_home *home,
                        const struct lu_member *m, enum audit_mode outer, uint64_t addr)
{
    const struct lu_type *t = &a->d->types[m->type];
    enum audit_mode mode = audit_mode(a, m->type, m->flags, outer);
    int r = 0;

    if ((m->flags | t->flags) & (LU_A_IXFER | LU_A_NOXFER))
        return 0;
    if (t->kind == LU_T_ARRAY && !t->count)
        return audit_flexible(a, home, m, mode, addr);
    if (t->kind == LU_T_UNION)
        return audit_union(a, home, m, mode, addr);
    if (t->kind == LU_T_STRUCT && !m->name) /* its members are our siblings */
        return audit_struct(a, home, t, mode, addr);
    r = audit_value(a, m->type, mode, addr);
    if (r == 0 && (m->flags & LU_A_LEN) && t->kind == LU_T_PTR)
        r = audit_length(a, home, m, mode, addr, NULL);
    return r;
}

static int audit_struct(struct st_audit *a, const struct audit_home *home, const struct lu_type *t,
                        enum audit_mode mode, uint64_t addr)
{
    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_member *m = &a->d->members[t->first + i];
        int r = 0;

        if (m->bit_size && !(m->flags & (LU_A_IXFER | LU_A_NOXFER)))
            r = audit_bits(a, t, addr, m);
        else if (!m->bit_size && (mode == AUDIT_POINTER || member_interesting(a, m)))
            r = audit_member(a, home, m, mode, addr + m->bit_offset / 8);
        if (r < 0)
            return r;
    }
    return 0;
}

static int audit_array(struct st_audit *a, const struct lu_type *t, enum audit_mode mode,
                       uint64_t addr)
{
    uint64_t size = a->d->types[t->ref].size;
    int r = 0;

    mode = audit_mode(a, t->ref, 0, mode);
    if (!audit_interesting(a, t->ref) && mode != AUDIT_POINTER)
        return 0;
    for (uint32_t i = 0; i < t->count && size && r == 0; i++)
        r = audit_value(a, t->ref, mode, addr + i * size);
    return r;
}

int audit_value(struct st_audit *a, uint32_t type, enum audit_mode mode, uint64_t addr)
{
    const struct lu_type *t = &a->d->types[type];
    const struct audit_home home = {t, addr};
    uint64_t value;
    int r;

    if (t->flags & (LU_A_IXFER | LU_A_NOXFER))
        return 0;
    switch (t->kind) {
    case LU_T_PTR:
        r = mode == AUDIT_PLAIN ? 0 : load(a, addr, t->size, &value);
        return r < 0 || mode == AUDIT_PLAIN ? r : audit_pointer(a, value, t->ref, addr);
    case LU_T_BOOL:
        return audit_bool(a, addr);
    case LU_T_ENUM:
        return audit_enum(a, t, addr);
    case LU_T_ARRAY:
        return audit_array(a, t, mode, addr);
    case LU_T_STRUCT:
        return audit_struct(a, &home, t, mode, addr);
    case LU_T_UNION:
        return mode == AUDIT_PLAIN ? 0 : audit_untagged(a, t, addr);
    default:
        return mode == AUDIT_POINTER && is_integer(t) ? audit_integer(a, t, addr) : 0;
    }
}
