/* SPDX-License-Identifier: MIT
 *
 * The component's own heap: the entry points that instrumented code and the
 * state engine call (lu/alloc.h).
 */
#include "heap-fast.h"

#define HERE 0 /* delta */

struct lu_site_cell *__lu_site;

static int self_map(void *ctx, uint64_t addr, uint64_t len)
{
    (void)ctx;
    return lu_heap_sys_map(addr, len);
}

static void self_unmap(void *ctx, uint64_t addr, uint64_t len)
{
    (void)ctx;
    lu_heap_sys_unmap(addr, len);
}

static void self_die(void *ctx, const struct lu_heap_abuse *abuse)
{
    (void)ctx;
    lu_heap_sys_die(abuse);
}

static const struct heap_os self_os = {.map = self_map, .unmap = self_unmap, .die = self_die};
static struct heap self = {.os = &self_os};

/* Which cell counts, and its address as the tables show it. */
static inline struct lu_site_cell *site(struct lu_site_cell *cell, uint64_t *ret_addr)
{
    if (!cell)
        cell = __lu_site;
    *ret_addr = (uintptr_t)cell;
    return cell ? cell : &self.untyped;
}

void *lu_heap_alloc(size_t n, struct lu_site_cell *cell)
{
    uint64_t addr;

    cell = site(cell, &addr);
    return (void *)(uintptr_t)heap_alloc_at(&self, HERE, n, cell, addr);
}

void *lu_heap_calloc(size_t n, size_t m, struct lu_site_cell *cell)
{
    size_t size;
    void *p;

    if (__builtin_mul_overflow(n, m, &size))
        return NULL;
    p = lu_heap_alloc(size, cell);
    if (p && size < HEAP_SMALL_MAX)
        memset(p, 0, size);
    return p; /* large ones are free memory, which is zero */
}

void *lu_heap_realloc(void *p, size_t n, struct lu_site_cell *cell)
{
    uint64_t addr;

    cell = site(cell, &addr);
    return (void *)(uintptr_t)heap_realloc(&self, (uintptr_t)p, n, cell, addr);
}

void *lu_heap_aligned_alloc(size_t align, size_t n, struct lu_site_cell *cell)
{
    uint64_t addr;

    cell = site(cell, &addr);
    return (void *)(uintptr_t)heap_aligned(&self, align, n, cell, addr);
}

void lu_heap_free(void *p)
{
    if (p)
        heap_free_at(&self, HERE, (uintptr_t)p);
}

void lu_heap_trim(void)
{
    heap_trim(&self);
}

bool lu_heap_exists(void)
{
    return self.ready;
}

void lu_heap_usage(struct lu_heap_usage *ret)
{
    struct lu_heap *header = heap_header(&self);

    *ret = (struct lu_heap_usage){0};
    if (!self.ready)
        return;
    for (uint32_t i = 1; i < header->n_spans; i++) {
        const struct lu_heap_span *s = heap_span(&self, i);
        uint64_t live =
            s->n_objs
                ? (uint64_t)(__builtin_popcountll(s->live[0]) + __builtin_popcountll(s->live[1]))
                : 0;

        ret->live_objs += live;
        ret->live_bytes += live * s->stride;
    }
    ret->mapped_bytes = (uint64_t)self.mapped_pages * LU_PAGE_SIZE;
    for (int i = 0; i < HEAP_AREAS; i++)
        ret->meta_bytes += self.mapped[i];
    ret->meta_bytes -= LU_VA_HEAPMETA + HEAP_UNITS + HEAP_MAPPED + HEAP_SPANS;
    header->live_objs = ret->live_objs;
    header->live_bytes = ret->live_bytes;
}
