/* SPDX-License-Identifier: MIT
 *
 * A heap whose system gives no more memory: whatever fails gives nothing, changes
 * nothing, and what is freed later is found again.  Its memory is simulated, away
 * from its addresses, as in the agent's rehearsals.
 */
#include "check.h"
#include "heap-fast.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define MEMORY 0x80000000ull /* all windows lie below */
#define N 3000u

struct world {
    uint8_t *memory;
    uint64_t left;   /* bytes that may still be mapped */
    uint64_t mapped; /* bytes that are */
};

static int world_map(void *ctx, uint64_t addr, uint64_t len)
{
    struct world *w = ctx;

    if (len > w->left)
        return -LU_ENOMEM;
    w->left -= len;
    w->mapped += len;
    return mprotect(w->memory + addr, len, PROT_READ | PROT_WRITE) == 0 ? 0 : -LU_ENOMEM;
}

static void world_unmap(void *ctx, uint64_t addr, uint64_t len)
{
    struct world *w = ctx;

    w->left += len;
    w->mapped -= len;
    madvise(w->memory + addr, len, MADV_DONTNEED);
    mprotect(w->memory + addr, len, PROT_NONE);
}

static void world_die(void *ctx, const struct lu_heap_abuse *abuse)
{
    (void)ctx;
    fprintf(stderr, "%s: %#llx\n", abuse->what, (unsigned long long)abuse->addr);
    abort();
}

static const struct heap_os world_os = {.map = world_map, .unmap = world_unmap, .die = world_die};
static struct world world;
static struct heap heap;

static uint32_t rnd(uint32_t below)
{
    static uint32_t seed = 3;

    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * below >> 32);
}

static void heap_begin(uint64_t limit)
{
    world = (struct world){
        .memory = mmap(NULL, MEMORY, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
        .left = limit};
    if (world.memory == MAP_FAILED)
        abort();
    heap = (struct heap){.delta = (uintptr_t)world.memory, .os = &world_os, .ctx = &world};
}

static void heap_end(void)
{
    munmap(world.memory, MEMORY);
}

static uint64_t alloc(size_t n)
{
    return heap_alloc(&heap, n, &heap.untyped, 0);
}

/* The content tells where it was written. */
static void mark(uint64_t p, size_t n)
{
    if (n >= 8)
        *(uint64_t *)heap_at(&heap, p) = p;
}

static void check_mark(uint64_t p, size_t n)
{
    if (n >= 8)
        CHECK_INT(*(uint64_t *)heap_at(&heap, p), p);
}

static struct {
    uint64_t p;
    size_t n;
} objects[N];

static void step(unsigned i)
{
    size_t n = rnd(30) ? rnd(700) : rnd(90000);
    uint64_t p;

    if (!objects[i].p) {
        objects[i].p = alloc(n);
    } else if (rnd(3) == 0) {
        check_mark(objects[i].p, objects[i].n);
        p = heap_realloc(&heap, objects[i].p, n, &heap.untyped, 0);
        if (!p) {
            check_mark(objects[i].p, objects[i].n); /* it is still there */
            return;
        }
        objects[i].p = p;
    } else {
        check_mark(objects[i].p, objects[i].n);
        heap_free(&heap, objects[i].p);
        objects[i].p = 0;
    }
    objects[i].n = n;
    if (objects[i].p)
        mark(objects[i].p, n);
}

/* At every limit from nothing on: some of the failures fall into each step of an allocation. */
static void test_limit(uint64_t limit)
{
    unsigned failed = 0;

    heap_begin(limit);
    memset(objects, 0, sizeof(objects));
    for (unsigned i = 0; i < 4 * N; i++) {
        unsigned at = rnd(N);
        bool was = objects[at].p;

        step(at);
        failed += !was && !objects[at].p;
    }
    CHECK(failed > 0);
    for (unsigned i = 0; i < N; i++)
        if (objects[i].p) {
            check_mark(objects[i].p, objects[i].n);
            heap_free(&heap, objects[i].p);
        }
    heap_trim(&heap);
    CHECK_INT(heap.mapped_pages, 0);
    CHECK_INT(heap.idle_pages, 0);
    CHECK_INT(heap.n_units, 0);
    heap_end();
}

/* A heap that is full is of use again when something large was freed. */
static void test_full(void)
{
    uint64_t large, small = 0, p;

    heap_begin(400000);
    large = alloc(200000);
    CHECK(large);
    while ((p = alloc(100)))
        small = p;
    CHECK(small);
    CHECK(!alloc(100000));
    heap_free(&heap, large);
    CHECK(alloc(100));
    CHECK(alloc(100000));
    heap_end();
}

/* The window itself has an end. */
static void test_window(void)
{
    uint64_t p[8];
    unsigned n = 0;

    heap_begin(MEMORY);
    while (n < 8 && (p[n] = alloc(300u << 20)))
        n++;
    CHECK_INT(n, 3);
    CHECK(!heap_realloc(&heap, p[0], 600u << 20, &heap.untyped, 0));
    for (unsigned i = 0; i < n; i++)
        heap_free(&heap, p[i]);
    heap_trim(&heap);
    CHECK_INT(heap.mapped_pages, 0);
    CHECK(alloc((1000u << 20)));
    heap_end();
}

int main(void)
{
    for (uint64_t limit = 0; limit < 600000; limit += LU_PAGE_SIZE * (limit < 60000 ? 1 : 9))
        test_limit(limit);
    test_full();
    test_window();
    return CHECK_RESULT();
}
