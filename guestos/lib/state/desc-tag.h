/* SPDX-License-Identifier: MIT
 *
 * What the annotations with an argument say (LU_TAG, LU_LEN of lu/annotate.h): which
 * member of a structure selects a union's member or counts elements, and by which
 * value.
 */
#pragma once

#include <st/desc.h>
#include <stdbool.h>

/* Name of the sibling that selects a member of the union that `m` is: LU_TAG of `m`, or else
 * of the union's members.  False if nothing says. */
bool desc_tag_name(const struct st_desc *d, const struct lu_member *m, char *buf, size_t size);

/* Value of that sibling, an integer of `tag_type`, that selects member `variant`, which is the
 * union's `index`th.  False if it names no enumerator. */
bool desc_tag_value(const struct st_desc *d, const struct lu_member *variant,
                    const struct lu_type *tag_type, uint32_t index, int64_t *ret);

/* The member of that name in a structure or in its anonymous ones, if it is an integer of at
 * most 8 bytes; *ret_bits = where it starts.  NULL if there is none. */
const struct lu_member *desc_count_member(const struct st_desc *d, const struct lu_type *t,
                                          const char *name, uint64_t *ret_bits);
