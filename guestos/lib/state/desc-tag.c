/* SPDX-License-Identifier: MIT
 *
 * Tags of unions, counts of buffers.
 */
#include "desc-tag.h"

#include <stdlib.h>
#include <string.h>

bool desc_tag_name(const struct st_desc *d, const struct lu_member *m, char *buf, size_t size)
{
    const struct lu_type *u = &d->types[m->type];
    const char *aux = m->flags & LU_A_TAG ? st_desc_string(d, m->aux) : "";
    size_t n;

    for (uint32_t i = 0; i < u->count && !*aux; i++) /* "kind=VALUE" on the variants only */
        if (d->members[u->first + i].flags & LU_A_TAG)
            aux = st_desc_string(d, d->members[u->first + i].aux);
    n = strcspn(aux, "=");
    if (!n || n >= size)
        return false;
    memcpy(buf, aux, n);
    buf[n] = '\0';
    return true;
}

bool desc_tag_value(const struct st_desc *d, const struct lu_member *variant,
                    const struct lu_type *tag_type, uint32_t index, int64_t *ret)
{
    const char *text = strchr(st_desc_string(d, variant->aux), '=');
    char *end;

    *ret = index;
    if (!(variant->flags & LU_A_TAG) || !text)
        return true;
    text++;
    *ret = strtoll(text, &end, 0);
    if (end != text && !*end)
        return true;
    for (uint32_t i = 0; tag_type->kind == LU_T_ENUM && i < tag_type->count; i++) {
        const struct lu_enumerator *e = &d->enums[tag_type->first + i];

        if (strcmp(st_desc_string(d, e->name), text) == 0) {
            *ret = e->value;
            return true;
        }
    }
    return false;
}

static bool is_count(const struct lu_type *t)
{
    return t->size <= 8 && (t->kind == LU_T_INT || t->kind == LU_T_UINT || t->kind == LU_T_CHAR ||
                            t->kind == LU_T_BOOL || t->kind == LU_T_ENUM);
}

/* Anonymous structures nest by value: at most ST_MAX_NEST deep. */
const struct lu_member *desc_count_member(const struct st_desc *d, const struct lu_type *t,
                                          const char *name, uint64_t *ret_bits)
{
    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_member *m = &d->members[t->first + i], *inner;
        const struct lu_type *of = &d->types[m->type];

        if (m->name && strcmp(st_desc_string(d, m->name), name) == 0) {
            *ret_bits = m->bit_offset;
            return is_count(of) ? m : NULL;
        }
        if (m->name || m->bit_size || of->kind != LU_T_STRUCT)
            continue;
        inner = desc_count_member(d, of, name, ret_bits);
        if (inner) {
            *ret_bits += m->bit_offset;
            return inner;
        }
    }
    return NULL;
}
