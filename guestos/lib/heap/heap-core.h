/* SPDX-License-Identifier: MIT
 *
 * The allocator's inside.  One `struct heap` per component; all its addresses are
 * the component's virtual addresses, and `delta` leads from them to memory that
 * can be touched (0 in a component; a host simulates a component's memory
 * elsewhere).
 *
 * A bin serves one site and one size class from spans (lu/heap.h).  It caches the
 * places of a few free objects; a span with free places that are not all in the
 * cache is in the bin's list.  The spans' bitmaps are always exact.
 *
 * An object's place is at least one byte longer than what was asked for, so that a
 * pointer one past its end is never a pointer to the next object (the state engine
 * could not tell them apart).  Free memory is zero: what is freed is scrubbed or
 * unmapped, and checked when it is used again.
 */
#pragma once

#include <lu/alloc.h>
#include <stdbool.h>
#include <string.h>

/* Where in the LU_VA_HEAPMETA window what lies. */
#define HEAP_BINS (LU_VA_HEAPMETA + sizeof(struct lu_heap))
#define HEAP_BINS_END HEAP_UNITS
#define HEAP_UNITS (LU_VA_HEAPMETA + 0x100000)
#define HEAP_UNITS_END HEAP_MAPPED
#define HEAP_MAPPED (LU_VA_HEAPMETA + 0x900000) /* a bit per page of the window */
#define HEAP_MAPPED_END HEAP_SPANS
#define HEAP_SPANS (LU_VA_HEAPMETA + 0x910000)
#define HEAP_SPANS_END LU_VA_HEAPMETA_END
_Static_assert(HEAP_UNITS + LU_HEAP_UNITS * 4ull <= HEAP_UNITS_END, "room for all units");

#define HEAP_PAGE_UNITS (LU_PAGE_SIZE / LU_HEAP_UNIT)
#define HEAP_SMALL_MAX 16384u
#define HEAP_SMALL_STEP 256u /* classes are 16 apart up to here, then 8 per doubling */
#define HEAP_CLASSES (16u + 6u * 8u)
#define HEAP_CACHE 25u
#define HEAP_RUN_LISTS 48u /* lengths 1 to 31, then by log2 */
#define HEAP_SPARE_LISTS 32u
#define HEAP_MIXED UINT32_MAX

enum heap_area {
    HEAP_AREA_BINS = 0,
    HEAP_AREA_UNITS,
    HEAP_AREA_MAPPED,
    HEAP_AREA_SPANS,
    HEAP_AREAS
};

struct heap_os {
    int (*map)(void *ctx, uint64_t addr, uint64_t len); /* zeroed pages; 0 or -LU_E... */
    void (*unmap)(void *ctx, uint64_t addr, uint64_t len);
    void (*die)(void *ctx, const struct lu_heap_abuse *abuse); /* does not return */
};

struct heap {
    uint64_t delta;
    struct lu_site_cell untyped; /* bins of allocations without a site */
    const struct heap_os *os;
    void *ctx;
    bool ready;
    uint32_t n_units;            /* as lu_heap.n_units */
    uint64_t used[HEAP_AREAS];   /* end of what is in use */
    uint64_t mapped[HEAP_AREAS]; /* end of what is mapped */
    uint32_t free_record;        /* chain through lu_heap_span.next */
    uint64_t run_lists;          /* bit i: runs[i] is not empty */
    uint32_t runs[HEAP_RUN_LISTS];
    uint32_t mapped_pages; /* of the heap window */
    uint32_t idle_pages;   /* of these, wholly in free runs */
    /* Spans that became empty and wait for any bin to want one of their length: list i, i + 1
     * units long. */
    uint32_t spares[HEAP_SPARE_LISTS];
    uint64_t spare_units;
};

/* lu_heap_span.state */
enum {
    HEAP_LISTED = 1, /* in its bin's list */
    HEAP_KEPT = 2,   /* its bin's first span, and small: stays when it is empty */
};

struct heap_bin {
    uint32_t req;               /* what every object asked for, or HEAP_MIXED */
    uint16_t n;                 /* cached places */
    uint16_t keeps;             /* its first span stays, if it is small */
    uint16_t stride, least;     /* for objects of least to stride - 1 bytes */
    uint32_t slots[HEAP_CACHE]; /* span * LU_HEAP_SPAN_OBJS + object; all of them free */
    uint32_t partial;           /* list of spans with room */
    uint32_t capacity;          /* objects of all spans */
    uint64_t cell;
};
_Static_assert(sizeof(struct heap_bin) == 128, "two cache lines");

/* A site with objects of several classes. */
struct heap_bin_table {
    uint32_t bins[HEAP_CLASSES];
};
#define HEAP_IS_TABLE 1u /* in lu_site_cell.bins */

static inline void *heap_ptr(uint64_t delta, uint64_t addr)
{
    return (void *)(uintptr_t)(addr + delta);
}

static inline void *heap_at(const struct heap *h, uint64_t addr)
{
    return heap_ptr(h->delta, addr);
}

static inline struct lu_heap *heap_header(const struct heap *h)
{
    return heap_at(h, LU_VA_HEAPMETA);
}

static inline uint32_t *heap_unit(const struct heap *h, uint32_t unit)
{
    return (uint32_t *)heap_at(h, HEAP_UNITS) + unit;
}

static inline struct lu_heap_span *heap_span_at(uint64_t delta, uint32_t index)
{
    return (struct lu_heap_span *)heap_ptr(delta, HEAP_SPANS) + index;
}

static inline struct lu_heap_span *heap_span(const struct heap *h, uint32_t index)
{
    return heap_span_at(h->delta, index);
}

static inline uint32_t heap_span_unit(const struct lu_heap_span *s)
{
    return (uint32_t)((s->base - LU_VA_HEAP) / LU_HEAP_UNIT);
}

static inline bool heap_span_empty(const struct lu_heap_span *s)
{
    return !(s->live[0] | s->live[1]);
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

/* heap-run.c: runs of units, their pages, the tables */
int heap_init(struct heap *h);
uint64_t heap_meta_alloc(struct heap *h, enum heap_area area, uint32_t size); /* 0: none left */
/* A record whose base, n_units and units[] are those of a run of zeroed memory that starts at
 * a multiple of `align` units; 0 = none. */
uint32_t heap_run_alloc(struct heap *h, uint32_t n_units, uint32_t align);
void heap_run_free(struct heap *h, uint32_t index);
/* Length of a free run that is among the longest. */
uint32_t heap_run_longest(const struct heap *h);
/* Makes a run at least n_units long where it is, and no longer if it can.  False: not possible. */
bool heap_run_resize(struct heap *h, uint32_t index, uint32_t n_units);
/* Unmaps what is free. */
void heap_idle_drop(struct heap *h);
/* Maps pages, if need be for ones that are idle.  0 or -LU_E... */
int heap_map(struct heap *h, uint64_t addr, uint64_t len);
/* Unmaps what is free and forgets the end of the window if it is. */
void heap_run_trim(struct heap *h);

/* heap-page.c: which pages of the window are mapped.  All runs in units; `free_first` and
 * `free_n` are the free run around [first, first + n). */
int heap_pages_take(struct heap *h, uint32_t first, uint32_t n, uint32_t free_first,
                    uint32_t free_n);
void heap_pages_give(struct heap *h, uint32_t first, uint32_t n, uint32_t free_first,
                     uint32_t free_n);
void heap_pages_drop(struct heap *h, uint32_t free_first, uint32_t free_n);

/* heap-span.c: spans and bins */
struct heap_bin *heap_bin_find(struct heap *h, struct lu_site_cell *cell, uint64_t cell_addr,
                               uint32_t class, size_t n);
bool heap_refill(struct heap *h, struct heap_bin *bin);
void heap_spares_drop(struct heap *h); /* gives all spare spans back */
void heap_span_mixed(struct heap *h, struct lu_heap_span *s);
void heap_trim(struct heap *h);

/* Takes a cached place of a bin whose objects have several sizes. */
uint64_t heap_take_mixed(struct heap *h, struct heap_bin *bin, size_t n);

/* heap-object.c: operations on one object; addresses as the component sees them */
uint64_t heap_alloc_slow(struct heap *h, size_t n, struct lu_site_cell *cell, uint64_t cell_addr);
void heap_free_slow(struct heap *h, uint32_t index, uint32_t object);
uint64_t heap_aligned(struct heap *h, size_t align, size_t n, struct lu_site_cell *cell,
                      uint64_t cell_addr);
uint64_t heap_realloc(struct heap *h, uint64_t p, size_t n, struct lu_site_cell *cell,
                      uint64_t cell_addr);

/* heap-abuse.c: says what is wrong and ends the component */
_Noreturn void heap_bad_pointer(struct heap *h, uint64_t p, const void *caller);
_Noreturn void heap_bad_memory(struct heap *h, uint64_t addr);
