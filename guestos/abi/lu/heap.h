/* SPDX-License-Identifier: MIT
 *
 * Memory layout of a component's heap, as the state engine and the agent read
 * it in another version's memory.  Pages are segregated by allocation site, so
 * that the page table below tells the type of every object: no header per
 * object, no table of objects.
 *
 * struct lu_heap lies at LU_VA_HEAPMETA.  The heap window is cut into pages of
 * LU_PAGE_SIZE; pages[i] describes the page at LU_VA_HEAP + i * LU_PAGE_SIZE.
 * A span is a run of pages whose first page entry is its head; the others say
 * how far back the head is, so interior pointer -> object takes constant time.
 */
#pragma once

#include <lu/types.h>

#define LU_HEAP_MAGIC 0x3150414548554cull /* "LUHEAP1" */
#define LU_HEAP_PAGES ((uint32_t)((LU_VA_HEAP_END - LU_VA_HEAP) / LU_PAGE_SIZE))

/* The pass makes one of these per allocation site, writable, in section
 * .lu.cells; its address identifies the site.  The allocator keeps the site's
 * bins in it.  Zero at start. */
struct lu_site_cell {
    uint64_t bins; /* allocator's: address of the site's first bin, or 0 */
};

enum lu_page_state { LU_PAGE_FREE = 0, LU_PAGE_HEAD, LU_PAGE_TAIL };

/* 32 bytes per heap page; only pages of the table that were used are backed. */
struct lu_heap_page {
    uint8_t state;    /* enum lu_page_state */
    uint8_t large;    /* head: one object only */
    uint16_t n_objs;  /* head: capacity */
    uint32_t n_pages; /* head: length of the span; tail: distance to the head in pages */
    uint64_t site;    /* head: address of the struct lu_site_cell, 0 = untyped */
    uint32_t obj_size; /* head: stride in bytes, multiple of 8 */
    uint32_t bits;    /* head: index of the first word in the bitmap area (allocator's) */
    uint64_t req;     /* head: bytes asked for per object, less than obj_size; obj_size itself:
                         they differ, each is less (never so for a large one) */
};
_Static_assert(sizeof(struct lu_heap_page) == 32, "lu_heap_page is ABI");

struct lu_heap {
    uint64_t magic;
    uint64_t pages;  /* address of struct lu_heap_page[n_pages] */
    uint64_t bitmap; /* address of uint64_t[]: 1 = object in use; indexed by lu_heap_page.bits */
    uint32_t n_pages;   /* pages of the window ever used: entries beyond are free */
    uint32_t n_bitmap;  /* words of the bitmap area in use */
    uint64_t live_bytes, live_objs;
};
