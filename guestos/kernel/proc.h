/* SPDX-License-Identifier: MIT
 *
 * Starting a stopped body; also used for the first component, at boot.
 */
#pragma once

#include "slot.h"

/* Quota and memory for the stack were checked. */
void proc_start(struct slot *t, uint64_t entry, uint32_t start);
