/* SPDX-License-Identifier: MIT
 *
 * Loading the first component from the boot archive: static ELF64 x86-64
 * executables with page-aligned segments inside the image window.
 */
#pragma once

#include "slot.h"

/* Maps and fills the segments of a stopped body; 0 or -LU_E... (the body may
 * be half filled then). */
int elf_load(struct slot *s, const uint8_t *image, uint64_t size, uint64_t *ret_entry);
