/* SPDX-License-Identifier: MIT
 *
 * The allocator's inside.  One `struct heap` per component; all its addresses are
 * the component's virtual addresses, and `delta` leads from them to memory that
 * can be touched (0 in a component; a host simulates a component's memory
 * elsewhere).
 *
 * A span holds objects of one bin: one site, one size class.  Its record lies in
 * the bitmap area of lu/heap.h, 64 bytes that end in the bitmap itself.  A bin
 * serves from one word of one span's bitmap at a time and keeps that word's free
 * bits in `free`: the fast path is find-first-set, and the bitmap stays exact.
 * An object's place is at least one byte longer than what was asked for, so that a
 * pointer one past its end is never a pointer to the next object (the state engine
 * could not tell them apart); those bytes are zeroed, so that they never look
 * like an object's content.
 */
#pragma once

#include <lu/alloc.h>
#include <stdbool.h>
#include <string.h>

/* Where in the LU_VA_HEAPMETA window what lies. */
#define HEAP_TABLE (LU_VA_HEAPMETA + 0x1000)
#define HEAP_RECORDS (LU_VA_HEAPMETA + 0x900000)
#define HEAP_RECORDS_END (LU_VA_HEAPMETA + 0x1a00000)
#define HEAP_BINS HEAP_RECORDS_END
#define HEAP_BINS_END LU_VA_HEAPMETA_END

#define HEAP_SPAN_OBJS 256u
#define HEAP_SPAN_WORDS (HEAP_SPAN_OBJS / 64)
#define HEAP_SPAN_PAGES 16u
#define HEAP_SMALL_MAX 16384u
#define HEAP_SMALL_STEP 256u /* classes are 16 apart up to here, then 8 per doubling */
#define HEAP_CLASSES (16u + 6u * 8u)
#define HEAP_RUN_LISTS 19u

enum heap_area { HEAP_AREA_TABLE = 0, HEAP_AREA_RECORDS, HEAP_AREA_BINS, HEAP_AREAS };

struct heap_os {
    int (*map)(void *ctx, uint64_t addr, uint64_t len); /* zeroed pages; 0 or -LU_E... */
    void (*unmap)(void *ctx, uint64_t addr, uint64_t len);
    void (*die)(void *ctx, const char *why, uint64_t addr); /* does not return */
};

struct heap {
    uint64_t delta;
    struct lu_site_cell untyped; /* bins of allocations without a site */
    const struct heap_os *os;
    void *ctx;
    bool ready;
    uint64_t used[HEAP_AREAS];     /* end of what is in use */
    uint64_t mapped[HEAP_AREAS];   /* end of what is mapped */
    uint64_t free_records;         /* chain through struct heap_span.base */
    uint32_t runs[HEAP_RUN_LISTS]; /* free page runs by log2 of length: page + 1 */
    uint64_t mapped_pages;
};

enum { HEAP_LISTED = 1, HEAP_CURRENT = 2 };

struct heap_span {
    uint64_t base;       /* of object 0; next free record when unused */
    uint32_t recip;      /* ceil(2^32 / stride): division by the stride */
    uint32_t bin;        /* address of its struct heap_bin, 0 = large */
    uint32_t page;       /* head's index in the page table */
    uint32_t next, prev; /* partial list: record's word index, 0 = end */
    uint16_t n_objs;
    uint16_t state; /* HEAP_LISTED, HEAP_CURRENT, or 0 = full */
    uint64_t map[HEAP_SPAN_WORDS];
};
_Static_assert(sizeof(struct heap_span) == 64, "one cache line");

struct heap_bin {
    uint64_t free; /* free objects of the word that is being served */
    uint64_t word; /* address of that word */
    uint64_t base; /* address of its first object */
    uint32_t stride;
    uint32_t req;     /* what every object of the span asked for; 0 = they differ */
    uint32_t current; /* span that is being served: word index of its map, 0 = none */
    uint32_t partial; /* spans with room */
    uint32_t n_spans; /* for growth */
    uint32_t n_empty; /* of the partial ones */
    uint32_t class;
    uint32_t pad;
    uint64_t cell;
};

/* A site with objects of several classes. */
struct heap_bin_table {
    uint64_t bins[HEAP_CLASSES];
};
#define HEAP_IS_TABLE 1u /* in lu_site_cell.bins */

static inline void *heap_at(const struct heap *h, uint64_t addr)
{
    return (void *)(uintptr_t)(addr + h->delta);
}

static inline struct lu_heap *heap_header(const struct heap *h)
{
    return heap_at(h, LU_VA_HEAPMETA);
}

static inline struct lu_heap_page *heap_page(const struct heap *h, uint32_t page)
{
    return (struct lu_heap_page *)heap_at(h, HEAP_TABLE) + page;
}

static inline struct heap_span *heap_span(const struct heap *h, uint32_t bits)
{
    return (struct heap_span *)heap_at(h, HEAP_RECORDS + (uint64_t)bits * 8 -
                                              offsetof(struct heap_span, map));
}

/* Class of places for n bytes and one more. */
static inline uint32_t heap_class(size_t n)
{
    if (n < HEAP_SMALL_STEP)
        return (uint32_t)(n >> 4);
    unsigned log = 63 - (unsigned)__builtin_clzll(n); /* 8 for 256..511 */
    return 16 + (log - 8) * 8 + (uint32_t)(n >> (log - 3) & 7);
}

static inline uint32_t heap_class_size(uint32_t class)
{
    if (class < 16)
        return (class + 1) * 16;
    unsigned log = 8 + (class - 16) / 8;
    return (8 + (class - 16) % 8 + 1) << (log - 3);
}

/* heap-pages.c: runs of pages, tables */
int heap_init(struct heap *h);
_Noreturn void heap_die(struct heap *h, const char *why, uint64_t addr);
uint64_t heap_meta_alloc(struct heap *h, enum heap_area area, uint32_t size); /* 0: none left */
/* First page of a mapped, zeroed run that starts at a multiple of `align` pages, or -1. */
int64_t heap_run_alloc(struct heap *h, uint32_t n_pages, uint32_t align);
void heap_run_free(struct heap *h, uint32_t page, uint32_t n_pages);

/* heap-span.c: spans and bins */
struct heap_bin *heap_bin_find(struct heap *h, struct lu_site_cell *cell, uint64_t cell_addr,
                               uint32_t class);
bool heap_refill(struct heap *h, struct heap_bin *bin, size_t n);
void heap_bin_mixed(struct heap *h, struct heap_bin *bin);
void heap_span_roomy(struct heap *h, struct heap_span *span, uint32_t bits);
uint64_t heap_large_alloc(struct heap *h, size_t n, size_t align, uint64_t cell_addr);
void heap_large_free(struct heap *h, struct heap_span *span, uint32_t bits);
void heap_trim(struct heap *h);

/* heap-object.c: operations on one object; addresses as the component sees them */
uint64_t heap_alloc_slow(struct heap *h, size_t n, struct lu_site_cell *cell, uint64_t cell_addr);
uint64_t heap_aligned(struct heap *h, size_t align, size_t n, struct lu_site_cell *cell,
                      uint64_t cell_addr);
uint64_t heap_realloc(struct heap *h, uint64_t p, size_t n, struct lu_site_cell *cell,
                      uint64_t cell_addr);
/* The span and index of a live object; dies when p is none. */
struct heap_span *heap_locate(struct heap *h, uint64_t p, uint32_t *ret_bits, uint32_t *ret_index);

static inline uint64_t heap_take(struct heap *h, struct heap_bin *bin, size_t n)
{
    unsigned i = (unsigned)__builtin_ctzll(bin->free);
    uint64_t p = bin->base + (uint64_t)i * bin->stride;

    bin->free &= bin->free - 1;
    *(uint64_t *)heap_at(h, bin->word) |= 1ull << i;
    if (__builtin_expect(bin->stride <= HEAP_SMALL_STEP, 1)) /* slack is at most 16 bytes */
        memset(heap_at(h, p + bin->stride - 16), 0, 16);
    else
        memset(heap_at(h, p + n), 0, bin->stride - n);
    return p;
}

/* `cell` where the allocator reaches it, `cell_addr` its address in the component. */
static inline uint64_t heap_alloc(struct heap *h, size_t n, struct lu_site_cell *cell,
                                  uint64_t cell_addr)
{
    uint64_t bins = cell->bins;

    if (__builtin_expect(n < HEAP_SMALL_MAX && bins != 0, 1)) {
        uint32_t class = heap_class(n);
        if (bins & HEAP_IS_TABLE)
            bins = ((struct heap_bin_table *)heap_at(h, bins - HEAP_IS_TABLE))->bins[class];
        if (__builtin_expect(bins != 0, 1)) {
            struct heap_bin *bin = heap_at(h, bins);
            if (__builtin_expect(bin->class == class && bin->free && (bin->req == n || !bin->req),
                                 1))
                return heap_take(h, bin, n);
        }
    }
    return heap_alloc_slow(h, n, cell, cell_addr);
}

static inline void heap_free(struct heap *h, uint64_t p)
{
    uint32_t bits, i;
    struct heap_span *span = heap_locate(h, p, &bits, &i);
    uint64_t *word = &span->map[i / 64], bit = 1ull << i % 64;

    *word &= ~bit;
    if (__builtin_expect(!span->bin, 0)) {
        heap_large_free(h, span, bits);
        return;
    }
    if (__builtin_expect(span->state == HEAP_CURRENT, 1)) {
        struct heap_bin *bin = heap_at(h, span->bin);
        if (heap_at(h, bin->word) == word)
            bin->free |= bit;
    } else if (!span->state || !*word) {
        heap_span_roomy(h, span, bits);
    }
}
