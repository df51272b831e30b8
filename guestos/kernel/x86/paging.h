/* SPDX-License-Identifier: MIT
 *
 * Address spaces: 4-level x86-64 tables, user part below 2 GiB.  struct space
 * is a body's own memory.  struct window holds the page tables of the device
 * windows (LU_VA_DMA .. LU_VA_MMIO_END); it belongs to a slot and is installed
 * in the space of whichever body the slot has, without allocation.
 *
 * Functions called ..._cost say how many frames the operation of the same name
 * will take; the caller has checked quota and free frames, so they can't fail.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lu/types.h>

#define DIRECT_BASE 0xffff800000000000ull
#define KERNEL_BASE 0xffffffff80000000ull
#define USER_END 0x80000000ull

static inline void *direct(uint64_t phys)
{
    return (void *)(DIRECT_BASE + phys);
}

#define WINDOW_PDES ((unsigned)((LU_VA_MMIO_END - LU_VA_DMA) >> 21))
#define SPACE_BASE_FRAMES 4u

struct space {
    uint64_t root;   /* physical; 0 = no space */
    uint64_t *pd[2]; /* direct-map addresses: [0, 1 GiB), [1 GiB, 2 GiB) */
    uint32_t pages;  /* frames owned, tables included */
};

struct window {
    uint64_t pde[WINDOW_PDES];
    uint32_t tables; /* frames owned */
};

enum space_access { SPACE_READ, SPACE_WRITE, SPACE_FORCE /* whatever the page's rights */ };

void paging_init(uint64_t ram_top);

/* SPACE_BASE_FRAMES frames must be free. */
void space_create(struct space *s);
/* Frees all it owns; the device windows' tables are not its own. */
void space_destroy(struct space *s);
/* True if no page in the range is mapped. */
bool space_range_empty(const struct space *s, uint64_t va, uint64_t len);
/* Frames for `len` bytes of own pages, and for tables alone. */
uint32_t space_map_cost(const struct space *s, uint64_t va, uint64_t len);
uint32_t space_table_cost(const struct space *s, uint64_t va, uint64_t len);
void space_map_zeroed(struct space *s, uint64_t va, uint64_t len, uint32_t prot);
/* Maps frames that stay somebody else's, read only. */
void space_map_shared(struct space *s, uint64_t va, uint64_t phys, uint64_t len);
void space_unmap(struct space *s, uint64_t va, uint64_t len);
/* Kernel address of the byte at user address `va`, or NULL.  Valid to the end
 * of its page.  Device memory is never accessible. */
void *space_translate(const struct space *s, uint64_t va, enum space_access access);

uint32_t window_cost(const struct window *w, uint64_t va, uint64_t len);
/* What is not RAM is mapped uncached, and the kernel keeps off it. */
void window_map(struct window *w, struct space *s, uint64_t va, uint64_t phys, uint64_t len);
void window_unmap(struct window *w, struct space *s, uint64_t va, uint64_t len);
void window_install(const struct window *w, struct space *s);
void window_destroy(struct window *w, struct space *s);
