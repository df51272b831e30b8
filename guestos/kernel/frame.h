/* SPDX-License-Identifier: MIT
 *
 * Physical page frames.  Single frames are allocated and freed in constant
 * time; contiguous runs (DMA memory) are searched for.  The free count is the
 * one in the introspection block.
 */
#pragma once

#include <stdint.h>

#include "x86/arch.h"

/* Takes over all RAM of `info` above the kernel, except the archive. */
void frame_init(const struct boot_info *info);
uint64_t frame_total(void);
uint64_t frame_free_count(void);

/* Physical address of a frame with undefined contents.  The caller has checked
 * that one is free. */
uint64_t frame_alloc(void);
uint64_t frame_alloc_zeroed(void);
void frame_free(uint64_t phys);

/* `n` contiguous zeroed frames below 4 GiB, or 0. */
uint64_t frame_alloc_run(uint32_t n);
void frame_free_run(uint64_t phys, uint32_t n);

/* True if the page lies in RAM (whoever uses it). */
bool frame_is_ram(uint64_t phys);
