/* SPDX-License-Identifier: MIT
 *
 * What the new version has no place for may go if it holds nothing; else it is a
 * loss, and a rule must allow it.  Padding holds nothing, whatever its bytes are.
 */
#include "xfer-core.h"

#define LONG_DOUBLE 10u /* bytes that count */

static bool is_scalar(const struct lu_type *t)
{
    return t->kind != LU_T_STRUCT && t->kind != LU_T_UNION && t->kind != LU_T_ARRAY;
}

/* Padding from `offset` on: up to the next member, or the end. */
static uint64_t padding_run(const struct st_desc *d, const struct lu_type *t, uint64_t offset)
{
    uint64_t end = t->size;

    for (uint32_t i = 0; i < t->count; i++) {
        uint64_t start = d->members[t->first + i].bit_offset / 8;

        if (start > offset && start < end)
            end = start;
    }
    return end - offset;
}

/* The member that covers a byte of a structure, or NULL. */
static const struct lu_member *member_at(const struct st_desc *d, const struct lu_type *t,
                                         uint64_t offset)
{
    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_member *m = &d->members[t->first + i];
        uint64_t bits = m->bit_size ? m->bit_size : d->types[m->type].size * 8;

        if (offset >= m->bit_offset / 8 && offset < (m->bit_offset + bits + 7) / 8)
            return m;
    }
    return NULL;
}

uint64_t xfer_value_run(const struct st_desc *d, uint32_t type, uint64_t offset, bool *ret_value)
{
    uint64_t room = d->types[type].size - offset;

    *ret_value = true;
    for (unsigned depth = 0; depth <= ST_MAX_NEST; depth++) {
        const struct lu_type *t = &d->types[type];
        const struct lu_member *m;

        if (t->kind == LU_T_ARRAY && !is_scalar(&d->types[t->ref])) {
            offset %= d->types[t->ref].size; /* not 0: the array covers the offset */
            type = t->ref;
        } else if (t->kind == LU_T_STRUCT) {
            m = member_at(d, t, offset);
            if (!m) {
                *ret_value = false;
                return padding_run(d, t, offset);
            }
            if (m->bit_size)
                return 1;
            offset -= m->bit_offset / 8;
            type = m->type;
        } else {
            if (t->kind != LU_T_FLOAT || !strstr(st_desc_string(d, t->name), "long double"))
                return t->size - offset;
            *ret_value = offset < LONG_DOUBLE;
            return *ret_value ? LONG_DOUBLE - offset : t->size - offset;
        }
    }
    return room;
}

int xfer_is_empty(struct st_xfer *x, uint64_t addr, uint64_t len, uint32_t type, bool *ret)
{
    const struct st_desc *d = x->plan->old;
    uint64_t size = type < d->n_types ? d->types[type].size : 0;
    int r = xfer_is_zero(x, addr, len, ret);

    if (r < 0 || *ret || !size)
        return r;
    for (uint64_t at = 0, n; at < len; at += n) {
        bool value;

        n = xfer_value_run(d, type, at % size, &value);
        n = n < len - at ? n : len - at;
        if (!value)
            continue;
        r = xfer_is_zero(x, addr + at, n, ret);
        if (r < 0 || !*ret)
            return r;
    }
    *ret = true;
    return 0;
}

int xfer_lose(struct st_xfer *x, bool may_lose, const char *what)
{
    if (!may_lose && !x->comparing)
        return xfer_fail(x, -LU_ELOSS, "%s", what);
    x->stats.allowed++;
    return 0;
}

int xfer_gone(struct st_xfer *x, uint64_t addr, uint64_t len, uint32_t type, bool may_lose,
              const char *what)
{
    bool empty;
    int r;

    if (!x->writing || x->comparing)
        return 0;
    xfer_at(x, addr, type, NULL);
    r = xfer_is_empty(x, addr, len, type, &empty);
    return r < 0 || empty ? r : xfer_lose(x, may_lose, what);
}

int xfer_kept_back(struct st_xfer *x, uint64_t addr, uint64_t len, uint32_t type)
{
    return xfer_gone(x, addr, len, type, true, "");
}
