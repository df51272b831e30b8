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

int st_xfer_member(struct st_xfer *x, const struct st_object *o, const char *member,
                   int64_t *ret_value)
{
    const struct st_desc *d = x->plan->old;
    const struct lu_type *t = &d->types[o->old_type];

    if (t->kind != LU_T_STRUCT && t->kind != LU_T_UNION)
        return -LU_ENOENT;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_member *m = &d->members[t->first + i];
        struct plan_bits bits;
        uint32_t offset;

        if (strcmp(st_desc_string(d, m->name), member) != 0 ||
            (!plan_is_integer(&d->types[m->type]) && d->types[m->type].kind != LU_T_PTR))
            continue;
        plan_bits_of(d, m, m->bit_offset, &bits, &offset);
        return xfer_bits_get(x, &bits, o->old_addr + offset, ret_value);
    }
    return -LU_ENOENT;
}

int st_xfer_fail(struct st_xfer *x, int code, const char *text)
{
    x->error = code;
    return xfer_fail(x, code, "%s", text);
}
