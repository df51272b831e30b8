/* SPDX-License-Identifier: MIT
 *
 * What was wrong with a pointer that was given back, or with memory that was free.
 */
#include "heap-core.h"

_Noreturn static void heap_die(struct heap *h, const struct lu_heap_abuse *abuse)
{
    h->os->die(h->ctx, abuse);
    __builtin_trap();
}

/* Tells about the place that the pointer leads into, and what is wrong with that. */
static void judge_place(const struct lu_heap_span *s, struct lu_heap_abuse *a)
{
    uint32_t i = (uint32_t)((a->addr - s->base) / s->stride);

    if (i >= s->n_objs) {
        a->what = "free of a pointer behind the last object of its kind";
        return;
    }
    a->object = s->base + i * s->stride;
    a->size = s->req < s->stride ? s->req : s->stride - 1;
    a->site = s->site;
    a->what =
        a->object != a->addr ? "free of a pointer into the middle of an object" : "double free";
}

void heap_bad_pointer(struct heap *h, uint64_t p, const void *caller)
{
    struct lu_heap_abuse a = {.addr = p, .caller = (uintptr_t)caller};
    uint64_t unit = (p - LU_VA_HEAP) / LU_HEAP_UNIT;
    uint32_t entry = unit < h->n_units ? *heap_unit(h, (uint32_t)unit) : 0;

    if (unit >= h->n_units)
        a.what = "free of a pointer that is not from the heap";
    else if (!entry || (entry & LU_HEAP_FREE) || !heap_span(h, entry)->n_objs)
        a.what = "free of a pointer to freed memory";
    else
        judge_place(heap_span(h, entry), &a);
    heap_die(h, &a);
}

void heap_bad_memory(struct heap *h, uint64_t addr)
{
    heap_die(h, &(struct lu_heap_abuse){.what = "freed memory was written to", .addr = addr});
}
