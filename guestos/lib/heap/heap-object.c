/* SPDX-License-Identifier: MIT
 *
 * Operations on one object beyond the fast path, and the checks that every
 * pointer given back must pass: it lies in the used window, on a span, at the
 * start of an object, and the object is live.
 */
#include "heap-core.h"

uint64_t heap_alloc_slow(struct heap *h, size_t n, struct lu_site_cell *cell, uint64_t cell_addr)
{
    struct heap_bin *bin;

    if (!h->ready && heap_init(h) < 0)
        return 0;
    if (n >= HEAP_SMALL_MAX)
        return heap_large_alloc(h, n, LU_PAGE_SIZE, cell_addr);
    bin = heap_bin_find(h, cell, cell_addr, heap_class(n));
    if (!bin || (!bin->free && !heap_refill(h, bin, n)))
        return 0;
    if (bin->req && bin->req != n)
        heap_bin_mixed(h, bin);
    return heap_take(h, bin, n);
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
    /* Objects of a power-of-two class lie at multiples of their size in a page-aligned span. */
    while (size <= n || size < align)
        size *= 2;
    if (size > LU_PAGE_SIZE)
        return heap_large_alloc(h, n, align, cell_addr);
    p = heap_alloc(h, size - 1, cell, cell_addr);
    if (p)
        memset(heap_at(h, p + n), 0, size - n);
    return p;
}

struct heap_span *heap_locate(struct heap *h, uint64_t p, uint32_t *ret_bits, uint32_t *ret_index)
{
    uint64_t offset = p - LU_VA_HEAP, in_span;
    uint32_t page = (uint32_t)(offset / LU_PAGE_SIZE), i;
    struct lu_heap_page *e;
    struct heap_span *span;

    if (__builtin_expect(!h->ready || offset / LU_PAGE_SIZE >= heap_header(h)->n_pages, 0))
        heap_die(h, "free of a pointer that is not from the heap", p);
    e = heap_page(h, page);
    if (e->state == LU_PAGE_TAIL)
        e -= e->n_pages;
    if (__builtin_expect(e->state != LU_PAGE_HEAD, 0))
        heap_die(h, "free of a pointer to a freed page", p);
    span = heap_span(h, e->bits);
    in_span = p - span->base;
    i = e->large ? (in_span ? 1 : 0) : (uint32_t)(in_span * span->recip >> 32);
    if (__builtin_expect(i >= span->n_objs || (uint64_t)i * e->obj_size != in_span, 0))
        heap_die(h, "free of a pointer into the middle of an object", p);
    if (__builtin_expect(!(span->map[i / 64] >> i % 64 & 1), 0))
        heap_die(h, "double free", p);
    *ret_bits = e->bits;
    *ret_index = i;
    return span;
}

/* True if the object can stay where it is with another size. */
static bool realloc_stays(const struct lu_heap_page *e, size_t n)
{
    if (e->large)
        return n >= HEAP_SMALL_MAX && n < e->obj_size && n >= e->obj_size - LU_PAGE_SIZE;
    return n < HEAP_SMALL_MAX && heap_class_size(heap_class(n)) == e->obj_size;
}

/* Notes the new size of an object that stays. */
static void realloc_note(struct heap *h, struct heap_span *span, uint64_t p, size_t n)
{
    struct lu_heap_page *e = heap_page(h, span->page);
    size_t old = (size_t)e->req;

    if (e->large) {
        if (n < old)
            memset(heap_at(h, p + n), 0, old - n);
        e->req = n;
        return;
    }
    memset(heap_at(h, p + n), 0, e->obj_size - n);
    if (e->req != n && e->req != e->obj_size) {
        struct heap_bin *bin = heap_at(h, span->bin);
        e->req = e->obj_size;
        if (bin->current == e->bits)
            bin->req = 0;
    }
}

uint64_t heap_realloc(struct heap *h, uint64_t p, size_t n, struct lu_site_cell *cell,
                      uint64_t cell_addr)
{
    uint32_t bits, i;
    struct heap_span *span;
    size_t size;
    uint64_t q;

    if (!p)
        return heap_alloc(h, n, cell, cell_addr);
    span = heap_locate(h, p, &bits, &i);
    if (realloc_stays(heap_page(h, span->page), n)) {
        realloc_note(h, span, p, n);
        return p;
    }
    size = heap_page(h, span->page)->large ? (size_t)heap_page(h, span->page)->req
                                           : heap_page(h, span->page)->obj_size;
    q = heap_alloc(h, n, cell, cell_addr);
    if (!q)
        return 0;
    memcpy(heap_at(h, q), heap_at(h, p), size < n ? size : n);
    heap_free(h, p);
    return q;
}
