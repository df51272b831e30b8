/* SPDX-License-Identifier: MIT
 *
 * What the update server lays into a new version's memory before it starts it
 * with LU_START_UPDATE: both descriptions and the compiled transfer rules, for
 * the state engine in the new version.  The pages are mapped read-only at
 * LU_VA_HANDOVER and unmapped by the runtime when the update has committed.
 */
#pragma once

#include <lu/types.h>

#define LU_VA_HANDOVER LU_VA_MAP
#define LU_HANDOVER_MAGIC 0x5245564f444e4148ull

struct lu_handover {
    uint64_t magic, txn;
    uint64_t old_desc, old_desc_size; /* addresses in the new version's memory */
    uint64_t new_desc, new_desc_size;
    uint64_t rules, rules_size; /* size 0: none */
};
