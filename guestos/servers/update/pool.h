/* SPDX-License-Identifier: MIT
 *
 * Memory for what the agent stages: whole pages in the MAP window, given back to
 * the kernel when freed.  A page that is never mapped lies behind each region.
 */
#pragma once

#include <stdint.h>

struct region {
    uint8_t *data; /* page aligned, zeroed when new; NULL = none */
    uint64_t size; /* bytes asked for */
};

/* 0 or -LU_E...; `size` > 0. */
int region_new(uint64_t size, struct region *ret);
/* Frees and clears; a region that is none is fine. */
void region_free(struct region *r);
