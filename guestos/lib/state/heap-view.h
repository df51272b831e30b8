/* SPDX-License-Identifier: MIT
 *
 * A component's heap as its tables describe it (lu/heap.h), read through a view.
 * Every field is checked before it is used; an inconsistent table is -LU_EFORMAT.
 */
#pragma once

#include <lu/heap.h>
#include <st/view.h>
#include <stdbool.h>

struct heap_view {
    const struct st_view *view;
    struct lu_heap header; /* n_pages 0: no heap yet */
    uint64_t base;         /* first page of the window */
};

/* One span: `n_objs` places of `stride` bytes from `addr`. */
struct heap_view_span {
    uint64_t addr, site;
    uint32_t page, n_pages, n_objs, stride, bits;
    uint64_t req;
    bool large;
};

int heap_view_open(struct heap_view *ret, const struct st_view *view, struct st_err *err);

/* Span that covers page `page`: 1, 0 if that page is free, or -LU_E... */
int heap_view_span(const struct heap_view *h, uint32_t page, struct heap_view_span *ret,
                   struct st_err *err);

/* Live bits of objects [word * 64, word * 64 + 64) of a span. */
int heap_view_live(const struct heap_view *h, const struct heap_view_span *span, uint32_t word,
                   uint64_t *ret_bits, struct st_err *err);

/* Bytes that an object of the span holds: of the largest possible, where they differ.
 * Always less than the stride, so that no object ends where the next one starts. */
static inline uint64_t heap_view_size(const struct heap_view_span *span)
{
    return span->req < span->stride ? span->req : span->stride - 1u;
}
