/* SPDX-License-Identifier: MIT
 *
 * What a transfer handler may call.
 */
#include "xfer-core.h"

int st_xfer_read(struct st_xfer *x, uint64_t old_addr, void *buf, size_t len)
{
    return xfer_read(x, old_addr, buf, len);
}

int st_xfer_pointer(struct st_xfer *x, uint64_t old_value, uint64_t *ret_new_value)
{
    return xfer_pointer(x, old_value, 0, 0, 0, ret_new_value);
}

/* By name, also in nameless members (at most ST_MAX_NEST deep). */
static const struct lu_member *member_named(const struct st_desc *d, const struct lu_type *t,
                                            const char *name, uint64_t *bit_offset)
{
    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_member *m = &d->members[t->first + i], *found = m;
        const struct lu_type *of = &d->types[m->type];
        uint64_t inner = *bit_offset + m->bit_offset;

        if (!m->name && (of->kind == LU_T_STRUCT || of->kind == LU_T_UNION))
            found = member_named(d, of, name, &inner);
        else if (strcmp(st_desc_string(d, m->name), name) != 0)
            found = NULL;
        if (found) {
            *bit_offset = inner;
            return found;
        }
    }
    return NULL;
}

int st_xfer_member(struct st_xfer *x, const struct st_object *o, const char *member,
                   int64_t *ret_value)
{
    const struct st_desc *d = x->plan->old;
    const struct lu_type *t = &d->types[o->old_type];
    const struct lu_member *m = NULL;
    struct plan_bits bits;
    uint64_t bit_offset = 0;
    uint32_t offset;

    if (t->kind == LU_T_STRUCT || t->kind == LU_T_UNION)
        m = member_named(d, t, member, &bit_offset);
    if (!m || d->types[m->type].size > 8 ||
        (!plan_is_integer(&d->types[m->type]) && d->types[m->type].kind != LU_T_PTR))
        return -LU_ENOENT;
    plan_bits_of(d, m, bit_offset, &bits, &offset);
    return xfer_bits_get(x, &bits, o->old_addr + offset, ret_value);
}

int st_xfer_fail(struct st_xfer *x, int code, const char *text)
{
    x->error = code;
    return xfer_fail(x, code, "%s", text);
}
