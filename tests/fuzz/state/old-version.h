/* SPDX-License-Identifier: MIT
 *
 * The old version that fuzz input damages: the image FUZZ_OLD with the state that its
 * setup() made, and the new version FUZZ_NEW that it is to be updated to.  Environment:
 * both are images of fuzz-world.c.
 */
#pragma once

#include "sim.h"

#include <st/plan.h>
#include <stdbool.h>

/* Opens both; ends the program when it can't. */
void old_open(void);

const struct st_desc *old_desc(void);
const struct st_desc *new_desc(void);

/* Views of both versions' memories, DMA included; a fresh new version. */
void old_view(struct st_view *ret);
struct st_sim *new_world(struct st_view *ret_view);

/* Applies the patches in `data` to globals, heap and the heap's tables; old_mend takes
 * them back. */
void old_damage(const uint8_t *data, size_t size);
void old_mend(void);

/* A copy of the old description with patches applied; NULL if it is not accepted.  Ends
 * with old_desc_free. */
struct st_desc *old_desc_damaged(const uint8_t *data, size_t size);
void old_desc_free(struct st_desc *d);

/* Everything that an update from `old` does, with what is in the old version's memory; a
 * plan for `reverse` to check a transfer by, or NULL. */
void old_update(const struct st_desc *old, struct st_plan *plan, bool reverse);
