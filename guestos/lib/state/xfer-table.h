/* SPDX-License-Identifier: MIT
 *
 * Inside xfer-table*.c: two tables of constants side by side, both in the new
 * layout.  What an old entry says of a new one is in the bits of its mask: neither
 * padding nor what only one of the versions has.
 */
#pragma once

#include "xfer-core.h"

struct entries {
    const struct st_desc *desc; /* the new version's, and the type of an entry there */
    uint32_t type;
    uint32_t old_n, new_n;
    uint64_t size;                  /* of an entry */
    uint8_t *converted, *mask, *as; /* old_n entries, their masks; new_n entries */
    uint64_t *budget; /* bytes that may still be compared, but for the common start and end */
    uint8_t *odd;     /* per old entry, 1: can't be converted as a whole, and is equal to none */
};

/* Pairs the entries, into t->start, t->end and t->middle.  -LU_ENOMEM. */
int table_pair(const struct st_mem *mem, struct xfer_table *t, const struct entries *e);
