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
    struct lu_heap header; /* n_units 0: no heap yet */
    uint64_t base;         /* start of the window */
};

/* One span: `n_objs` places of `stride` bytes from `addr`. */
struct heap_view_span {
    uint64_t addr, site;
    uint32_t unit, n_units, n_objs, stride;
    uint64_t req;
    uint64_t live[LU_HEAP_SPAN_OBJS / 64];
    uint32_t index; /* in the heap's table of spans */
};

int heap_view_open(struct heap_view *ret, const struct st_view *view, struct st_err *err);

/* Span that covers unit `unit`: 1, 0 if that unit is free, or -LU_E... */
int heap_view_span(const struct heap_view *h, uint32_t unit, struct heap_view_span *ret,
                   struct st_err *err);

/* A walk over the window, from unit 0 or any unit of a span.  What lies at *unit, which moves
 * behind it: 1 = a span, 0 = free, or -LU_E... */
int heap_view_step(const struct heap_view *h, uint32_t *unit, struct heap_view_span *ret,
                   struct st_err *err);
/* The same, to the next span: 1, or 0 at the end. */
int heap_view_next(const struct heap_view *h, uint32_t *unit, struct heap_view_span *ret,
                   struct st_err *err);

/* Do all units of a span name it?  0, or -LU_EFORMAT. */
int heap_view_check_units(const struct heap_view *h, const struct heap_view_span *span,
                          struct st_err *err);

/* Live bits of objects [word * 64, word * 64 + 64) of a span. */
static inline uint64_t heap_view_live(const struct heap_view_span *span, uint32_t word)
{
    uint32_t left = span->n_objs - word * 64;

    return span->live[word] & (left >= 64 ? ~0ull : (1ull << left) - 1);
}

/* Bytes that an object of the span holds: of the largest possible, where they differ.
 * Always less than the stride, so that no object ends where the next one starts. */
static inline uint64_t heap_view_size(const struct heap_view_span *span)
{
    return span->req < span->stride ? span->req : span->stride - 1u;
}
