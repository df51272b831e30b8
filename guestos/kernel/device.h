/* SPDX-License-Identifier: MIT
 *
 * Device memory of a slot.  Addresses are the slot's: every version of a
 * component finds it at the same place.
 */
#pragma once

#include "slot.h"

/* The slot's process died: windows go, DMA frames into limbo (see device.c). */
void device_abandon(struct slot *s);
void device_free_limbo(struct slot *s);
/* Ends the uncommitted time of a swap: what is fresh is kept or freed. */
void device_settle(struct slot *s, bool keep_fresh);
uint32_t device_count_dma(const struct slot *s);
