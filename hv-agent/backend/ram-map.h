/* SPDX-License-Identifier: MIT
 *
 * Maps a QEMU process' guest memory.
 */
#pragma once

#include "backend.h"

/* Finds the one memfd of exactly `size` bytes that QEMU's memory backend made in process `pid`
 * and maps it shared.  -ENOENT when there is none, -EEXIST when there are two. */
int hva_ram_map(long pid, uint64_t size, struct hva_ram *ret, struct lu_err *err);
void hva_ram_unmap(struct hva_ram *ram);
