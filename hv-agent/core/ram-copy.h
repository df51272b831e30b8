/* SPDX-License-Identifier: MIT
 *
 * The memory half of a snapshot: a copy of guest RAM in a sparse file, mapped.
 * Only pages that differ are written, either way, so that refreshing a copy
 * while the guest stands still costs one comparison.  The file outlives the
 * agent: a snapshot can be restored by the next one.
 */
#pragma once

#include "backend/backend.h"

#include <stdbool.h>

struct hva_ram_copy {
    int fd; /* valid while `map` is there */
    const uint8_t *map;
    bool *present; /* per page; the others are holes and zero, and never touched in `map` */
    uint64_t size;
};

/* Opens or makes the file; an existing one keeps its content if its size fits. */
int hva_ram_copy_open(const char *path, uint64_t size, struct hva_ram_copy *ret,
                      struct lu_err *err);
void hva_ram_copy_close(struct hva_ram_copy *copy); /* keeps the file */

/* Makes the copy equal to RAM.  -ENOSPC and the like: through the mapping a full disk would be a
 * fatal signal (on tmpfs even a read of a hole), so the file is written.  The copy is empty then.
 */
int hva_ram_copy_take(struct hva_ram_copy *copy, const struct hva_ram *ram, struct lu_err *err);
/* Makes RAM equal to the copy; returns how many pages were written. */
uint64_t hva_ram_copy_apply(const struct hva_ram_copy *copy, const struct hva_ram *ram);
