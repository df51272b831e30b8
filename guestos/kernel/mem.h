/* SPDX-License-Identifier: MIT
 *
 * Which parts of a component's address space calls may map.
 */
#pragma once

#include "slot.h"

/* Image, heap and scratch windows, page aligned: 0 or -LU_EINVAL. */
int mem_check_range(uint64_t va, uint64_t len);
int mem_check_prot(uint64_t prot);
/* Checks range, emptiness and quota of `s`, then maps zeroed pages. */
int mem_map(struct slot *s, uint64_t va, uint64_t len, uint64_t prot);
void mem_set_archive(uint64_t phys, uint64_t size);
