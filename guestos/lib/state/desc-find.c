/* SPDX-License-Identifier: MIT
 *
 * Look-ups in an open description.
 */
#include "mem.h"

#include <st/desc.h>

const char *st_desc_string(const struct st_desc *d, uint32_t offset)
{
    return d->strings + offset;
}

/* First of n sorted names that is not less than `name`. */
#define LOWER_BOUND(d, index, n, table, name_)                                                     \
    ({                                                                                             \
        uint32_t lo_ = 0, hi_ = (n);                                                               \
        while (lo_ < hi_) {                                                                        \
            uint32_t mid_ = lo_ + (hi_ - lo_) / 2;                                                 \
            if (strcmp((d)->strings + (d)->table[(d)->index[mid_]].name, (name_)) < 0)             \
                lo_ = mid_ + 1;                                                                    \
            else                                                                                   \
                hi_ = mid_;                                                                        \
        }                                                                                          \
        lo_;                                                                                       \
    })

const struct lu_global *st_desc_global(const struct st_desc *d, const char *name, const char *scope,
                                       uint32_t *ret_n)
{
    uint32_t i = LOWER_BOUND(d, by_name, d->n_globals, globals, name), n = 0;
    const struct lu_global *found = NULL;

    for (; i < d->n_globals; i++) {
        const struct lu_global *g = &d->globals[d->by_name[i]];
        if (strcmp(d->strings + g->name, name) != 0)
            break;
        if (scope && strcmp(d->strings + g->scope, scope) != 0)
            continue;
        found = found ? found : g;
        n++;
    }
    if (ret_n)
        *ret_n = n;
    return found;
}

const struct lu_func *st_desc_func(const struct st_desc *d, const char *name, const char *scope,
                                   uint32_t *ret_n)
{
    uint32_t i = LOWER_BOUND(d, func_names, d->n_funcs, funcs, name), n = 0;
    const struct lu_func *found = NULL;

    for (; i < d->n_funcs; i++) {
        const struct lu_func *f = &d->funcs[d->func_names[i]];
        if (strcmp(d->strings + f->name, name) != 0)
            break;
        if (scope && strcmp(d->strings + f->scope, scope) != 0)
            continue;
        found = found ? found : f;
        n++;
    }
    if (ret_n)
        *ret_n = n;
    return found;
}

uint32_t st_desc_type(const struct st_desc *d, uint32_t kind, const char *name)
{
    for (uint32_t i = 1; i < d->n_types; i++)
        if ((!kind || d->types[i].kind == kind) && d->types[i].kind != LU_T_OPAQUE &&
            d->types[i].name && strcmp(d->strings + d->types[i].name, name) == 0)
            return i;
    return 0;
}

/* Number of records whose address is at most addr. */
#define COUNT_UPTO(table, n, field, addr_)                                                         \
    ({                                                                                             \
        uint32_t lo_ = 0, hi_ = (n);                                                               \
        while (lo_ < hi_) {                                                                        \
            uint32_t mid_ = lo_ + (hi_ - lo_) / 2;                                                 \
            if ((table)[mid_].field <= (addr_))                                                    \
                lo_ = mid_ + 1;                                                                    \
            else                                                                                   \
                hi_ = mid_;                                                                        \
        }                                                                                          \
        lo_;                                                                                       \
    })

const struct lu_global *st_desc_global_at(const struct st_desc *d, uint64_t addr)
{
    uint32_t i = COUNT_UPTO(d->globals, d->n_globals, addr, addr);

    return i ? &d->globals[i - 1] : NULL;
}

const struct lu_literal *st_desc_literal_at(const struct st_desc *d, uint64_t addr)
{
    uint32_t i = COUNT_UPTO(d->literals, d->n_literals, addr, addr);

    return i ? &d->literals[i - 1] : NULL;
}

const struct lu_func *st_desc_func_at(const struct st_desc *d, uint64_t addr)
{
    uint32_t i = COUNT_UPTO(d->funcs, d->n_funcs, addr, addr);

    return i && d->funcs[i - 1].addr == addr ? &d->funcs[i - 1] : NULL;
}

const struct lu_site *st_desc_site_at(const struct st_desc *d, uint64_t cell)
{
    uint32_t i = COUNT_UPTO(d->sites, d->n_sites, cell, cell);

    return i && d->sites[i - 1].cell == cell ? &d->sites[i - 1] : NULL;
}

static uint32_t annotations_in(uint32_t flags)
{
    return (uint32_t)__builtin_popcount(
        flags & (LU_A_IXFER | LU_A_PXFER | LU_A_NOXFER | LU_A_SXFER | LU_A_TAG | LU_A_LEN));
}

uint32_t st_desc_annotations(const struct st_desc *d)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < d->n_globals; i++)
        n += annotations_in(d->globals[i].flags);
    for (uint32_t i = 0; i < d->n_members; i++)
        n += annotations_in(d->members[i].flags);
    for (uint32_t i = 0; i < d->n_types; i++) /* one without members is the pass's own */
        n += d->types[i].kind == LU_T_STRUCT && !d->types[i].count
                 ? 0
                 : annotations_in(d->types[i].flags);
    return n;
}
