/* SPDX-License-Identifier: MIT
 *
 * Operations on one object beyond the fast path: large and aligned objects, bins
 * that have nothing cached, realloc.
 */
#include "heap-fast.h"

static uint32_t large_units(size_t n)
{
    return (uint32_t)(n / LU_HEAP_UNIT + 1);
}

/* A span of its own for one object. */
static uint64_t large_alloc(struct heap *h, size_t n, size_t align, uint64_t cell_addr)
{
    uint32_t by = align > LU_PAGE_SIZE ? (uint32_t)(align / LU_HEAP_UNIT) : HEAP_PAGE_UNITS, index;
    struct lu_heap_span *s;

    if (n >= LU_VA_HEAP_END - LU_VA_HEAP)
        return 0;
    index = heap_run_alloc(h, large_units(n), by);
    if (!index)
        return 0;
    s = heap_span(h, index);
    s->stride = s->n_units * LU_HEAP_UNIT;
    s->recip = (uint32_t)((0x100000000ull + s->stride - 1) / s->stride);
    s->n_objs = 1;
    s->req = (uint32_t)n;
    s->site = cell_addr;
    s->live[0] = 1;
    return s->base;
}

uint64_t heap_alloc_slow(struct heap *h, size_t n, struct lu_site_cell *cell, uint64_t cell_addr)
{
    struct heap_bin *bin;

    if (!h->ready && heap_init(h) < 0)
        return 0;
    if (n >= HEAP_SMALL_MAX)
        return large_alloc(h, n, LU_PAGE_SIZE, cell_addr);
    bin = heap_bin_find(h, cell, cell_addr, heap_class(n), n);
    if (!bin)
        return 0;
    if (bin->req != n)
        bin->req = HEAP_MIXED;
    if (!bin->n && !heap_refill(h, bin))
        return 0;
    return bin->req == n ? heap_take(h->delta, bin) : heap_take_mixed(h, bin, n);
}

uint64_t heap_aligned(struct heap *h, size_t align, size_t n, struct lu_site_cell *cell,
                      uint64_t cell_addr)
{
    size_t size = 16;
    uint64_t p;

    if (!align || (align & (align - 1)) || align > LU_VA_HEAP)
        return 0;
    if (align <= 16)
        return heap_alloc(h, n, cell, cell_addr);
    if (!h->ready && heap_init(h) < 0)
        return 0;
    /* Places of a power-of-two class lie at multiples of their size, up to a page. */
    while (size <= n || size < align)
        size *= 2;
    if (size > LU_PAGE_SIZE)
        return large_alloc(h, n, align, cell_addr);
    p = heap_alloc(h, size - 1, cell, cell_addr);
    if (p)
        memset(heap_at(h, p + n), 0, size - n);
    return p;
}

/* Can the object stay where it is with another size?  It does then. */
static bool realloc_stays(struct heap *h, struct lu_heap_span *s, uint32_t index, uint64_t p,
                          size_t n)
{
    if (!s->bin) {
        if (n < HEAP_SMALL_MAX || n >= LU_VA_HEAP_END - LU_VA_HEAP ||
            !heap_run_resize(h, index, large_units(n)))
            return false;
        s->stride = s->n_units * LU_HEAP_UNIT;
        s->recip = (uint32_t)((0x100000000ull + s->stride - 1) / s->stride);
        s->req = (uint32_t)n;
        return true;
    }
    if (n >= HEAP_SMALL_MAX || heap_class_size(heap_class(n)) != s->stride)
        return false;
    if (s->req != n) {
        if (s->req != s->stride)
            heap_span_mixed(h, s);
        ((struct heap_bin *)heap_at(h, s->bin))->req = HEAP_MIXED;
        memset(heap_at(h, p + n), 0, s->stride - n);
    }
    return true;
}

uint64_t heap_realloc(struct heap *h, uint64_t p, size_t n, struct lu_site_cell *cell,
                      uint64_t cell_addr)
{
    uint32_t index, i;
    struct lu_heap_span *s;
    size_t size;
    uint64_t q;

    if (!p)
        return heap_alloc(h, n, cell, cell_addr);
    s = heap_locate(h, h->delta, p, &index, &i);
    if (s->site == cell_addr && realloc_stays(h, s, index, p, n))
        return p;
    size = s->req;
    q = heap_alloc(h, n, cell, cell_addr);
    if (!q)
        return 0;
    memcpy(heap_at(h, q), heap_at(h, p), size < n ? size : n);
    heap_free(h, p);
    return q;
}
