/* SPDX-License-Identifier: MIT
 *
 * Memory of a fake guest: introspection block, slot table, page tables and the
 * images of both versions.
 */
#pragma once

#include "backend/backend.h"

#include <host/image.h>
#include <lu/inspect.h>

#define FAKE_RAM_MIB 32u
#define FAKE_STATE_PHYS 0x200000ull /* struct fake_state */
#define FAKE_SPOIL_PHYS 0x300000ull /* a MiB that a bad transfer overwrites */
#define FAKE_SPOIL_SIZE 0x100000ull
#define FAKE_POOL_PHYS 0x400000ull /* pages for tables and bodies */

/* Lies in the guest's RAM, so that a snapshot brings it back. */
struct fake_state {
    uint64_t txn;
    uint32_t swapped, last_outcome, last_rung, staged;
    uint64_t last_txn;
};

struct fake_body {
    uint64_t root;
    uint8_t build_id[LU_BUILD_ID_SIZE];
};

/* Lays out RAM with component `name` running `now`. */
void fake_ram_boot(struct hva_ram *ram, const char *name, const struct fake_body *now);
/* Loads an image into pages of its own, from *pool on. */
void fake_ram_load(struct hva_ram *ram, const struct st_image *image, uint64_t *pool,
                   struct fake_body *ret);
void fake_ram_run(struct hva_ram *ram, const struct fake_body *body);
void fake_ram_panic(struct hva_ram *ram, const char *text);
struct lu_inspect_slot *fake_ram_slot(struct hva_ram *ram);
struct lu_inspect_windows *fake_ram_windows(struct hva_ram *ram);
struct fake_state *fake_ram_state(struct hva_ram *ram);
/* Maps all pages of a range to the one at `phys`. */
void fake_ram_alias(struct hva_ram *ram, uint64_t root, uint64_t va, uint64_t len, uint64_t phys,
                    uint64_t *pool);
/* Host address of a mapped user page. */
void *fake_ram_at(struct hva_ram *ram, uint64_t root, uint64_t va);
