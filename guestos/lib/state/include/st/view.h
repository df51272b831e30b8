/* SPDX-License-Identifier: MIT
 *
 * Readable memory of a component: the old version's, seen from the new one
 * (sys_view_read), a frozen guest's, seen from the agent, the component's own,
 * or an image built by a test.  Everything read through a view is hostile.
 */
#pragma once

#include <st/desc.h>

struct st_range {
    uint64_t addr, len;
};

/* A standing grant: a window of the old version's memory that a peer may use.
 * The transfer keeps its object alive and says where the window now is. */
struct st_grant {
    uint32_t id, flags; /* LU_GRANT_* */
    uint64_t addr, len;
    uint64_t new_addr; /* set by the transfer */
};

struct st_view {
    /* Reads exactly `len` bytes at virtual address `addr`: 0, or -LU_EFAULT with
     * buf undefined.  Called with len from 1 byte to several MiB. */
    int (*read)(void *ctx, uint64_t addr, void *buf, size_t len);
    void *ctx;
    const struct st_range *dma; /* DMA objects: pointers into them stay as they are */
    uint32_t n_dma;
    const struct st_range *mmio; /* likewise */
    uint32_t n_mmio;
    uint64_t heap;      /* address of struct lu_heap, 0 = LU_VA_HEAPMETA; absent heap: no objects */
    uint64_t heap_base; /* first page of the heap window, 0 = LU_VA_HEAP */
};

/* A view of the caller's own memory.  Only `ranges` (static memory, stack) and, with
 * .heap set, what the heap's tables say is mapped can be read; the rest is -LU_EFAULT.
 * Set .heap to lu_heap_exists(): before that there are no tables. */
struct st_self {
    const struct st_range *ranges;
    uint32_t n_ranges;
    uint32_t heap;
};
void st_view_self(struct st_view *ret, struct st_self *self); /* keeps `self` */
