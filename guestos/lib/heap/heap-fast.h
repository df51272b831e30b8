/* SPDX-License-Identifier: MIT
 *
 * The paths that every allocation and release takes, inlined into the entry points.
 * `delta` is the heap's, passed as a constant where it is one.
 */
#pragma once

#include "heap-core.h"

#define HEAP_INLINE static inline __attribute__((always_inline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Takes a place that the bin has cached. */
HEAP_INLINE uint64_t heap_take(uint64_t delta, struct heap_bin *bin)
{
    uint32_t slot = bin->slots[--bin->n], i = slot % LU_HEAP_SPAN_OBJS;
    struct lu_heap_span *s = heap_span_at(delta, slot / LU_HEAP_SPAN_OBJS);

    s->live[i / 64] |= 1ull << i % 64;
    return s->base + i * s->stride;
}

/* `cell` where the allocator reaches it, `cell_addr` its address in the component. */
HEAP_INLINE uint64_t heap_alloc_at(struct heap *h, uint64_t delta, size_t n,
                                   struct lu_site_cell *cell, uint64_t cell_addr)
{
    uint64_t bins = cell->bins;
    struct heap_bin *bin = heap_ptr(delta, bins);

    if (bins & HEAP_IS_TABLE) {
        if (UNLIKELY(n >= HEAP_SMALL_MAX))
            return heap_alloc_slow(h, n, cell, cell_addr);
        bins =
            ((struct heap_bin_table *)heap_ptr(delta, bins - HEAP_IS_TABLE))->bins[heap_class(n)];
        bin = heap_ptr(delta, bins);
    }
    if (UNLIKELY(!bins || !bin->n))
        return heap_alloc_slow(h, n, cell, cell_addr);
    if (LIKELY(bin->req == n))
        return heap_take(delta, bin);
    if (bin->req == HEAP_MIXED && n < bin->stride && n >= bin->least)
        return heap_take_mixed(h, bin, n);
    return heap_alloc_slow(h, n, cell, cell_addr);
}

/* The span and place of a live object; ends the component when p is none. */
HEAP_INLINE struct lu_heap_span *heap_locate(struct heap *h, uint64_t delta, uint64_t p,
                                             uint32_t *ret_index, uint32_t *ret_object)
{
    uint64_t unit = (p - LU_VA_HEAP) / LU_HEAP_UNIT;
    struct lu_heap_span *s;
    uint32_t index, in, i;

    if (UNLIKELY(unit >= h->n_units))
        heap_bad_pointer(h, p, __builtin_return_address(0));
    index = ((const uint32_t *)heap_ptr(delta, HEAP_UNITS))[unit];
    if (UNLIKELY(index - 1 >= LU_HEAP_FREE - 1))
        heap_bad_pointer(h, p, __builtin_return_address(0));
    s = heap_span_at(delta, index);
    in = (uint32_t)p - s->base;
    i = (uint32_t)((uint64_t)in * s->recip >> 32);
    if (UNLIKELY(i * s->stride != in || i >= s->n_objs || !(s->live[i / 64] >> i % 64 & 1)))
        heap_bad_pointer(h, p, __builtin_return_address(0));
    *ret_index = index;
    *ret_object = i;
    return s;
}

HEAP_INLINE void heap_free_at(struct heap *h, uint64_t delta, uint64_t p)
{
    uint32_t index, i;
    struct lu_heap_span *s = heap_locate(h, delta, p, &index, &i);
    struct heap_bin *bin = heap_ptr(delta, s->bin);

    s->live[i / 64] &= ~(1ull << i % 64);
    if (LIKELY((!heap_span_empty(s) || (s->state & HEAP_KEPT)) && bin->n < HEAP_CACHE))
        bin->slots[bin->n++] = index * LU_HEAP_SPAN_OBJS + i;
    else
        heap_free_slow(h, index, i);
}

static inline uint64_t heap_alloc(struct heap *h, size_t n, struct lu_site_cell *cell,
                                  uint64_t cell_addr)
{
    return heap_alloc_at(h, h->delta, n, cell, cell_addr);
}

static inline void heap_free(struct heap *h, uint64_t p)
{
    heap_free_at(h, h->delta, p);
}
