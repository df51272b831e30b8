/* SPDX-License-Identifier: MIT
 *
 * The simulated memory as a rehearsal needs it: the heap ends where it is told to, only
 * windows of a component can be written, and nothing that is written there reaches the
 * allocator's own data.
 */
#include "check.h"

#include <host/sim.h>
#include <stdbool.h>
#include <stdlib.h>

#define CELL (LU_VA_IMAGE + 0x1000)

static struct st_sim *sim_new(void)
{
    struct st_sim *sim;

    if (st_sim_new(&sim, NULL, NULL) < 0)
        abort();
    return sim;
}

/* How many objects of a page or more there are before there are no more. */
static unsigned fill(struct st_sim *sim, size_t size)
{
    unsigned n = 0;

    while (n < 100000 && st_sim_alloc(sim, size, CELL))
        n++;
    return n;
}

static void limits(void)
{
    for (uint64_t limit = 0; limit <= 4u << 20; limit += 64u << 10) {
        struct st_sim *sim = sim_new();
        unsigned n;

        st_sim_limit(sim, limit);
        n = fill(sim, 5000);
        CHECK(n * 5000ull <= limit);
        CHECK(limit < 1u << 20 || n * 5000ull > limit / 2);
        CHECK(st_sim_alloc(sim, 1u << 30, CELL) == 0);
        st_sim_free(sim);
    }
}

/* What is freed may be had again. */
static void freed(void)
{
    struct st_sim *sim = sim_new();
    uint64_t p;

    st_sim_limit(sim, 1u << 20);
    for (int i = 0; i < 100; i++) {
        p = st_sim_alloc(sim, 700000, CELL);
        CHECK(p != 0);
        st_sim_dealloc(sim, p);
    }
    st_sim_free(sim);
}

static void windows(void)
{
    static const struct {
        uint64_t addr;
        size_t len;
        bool writable;
    } cases[] = {
        {LU_VA_IMAGE, 16, true},
        {LU_VA_IMAGE - 1, 16, false},
        {LU_VA_IMAGE_END - 16, 16, true},
        {LU_VA_IMAGE, LU_VA_IMAGE_END - LU_VA_IMAGE, true},
        {LU_VA_IMAGE, LU_VA_IMAGE_END - LU_VA_IMAGE + 1, false},
        {LU_VA_HEAP_END - 16, 16, true},
        {LU_VA_HEAP_END - 16, 17, false},
        {LU_VA_HEAPMETA, 8, false},
        {LU_VA_DMA, 8, false},
        {LU_VA_STACK_TOP, 8, false},
        {UINT64_MAX - 7, 16, false},
        {LU_VA_IMAGE, SIZE_MAX, false},
    };
    struct st_sim *sim = sim_new();
    struct st_target target;

    st_sim_target(sim, &target);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_INT(target.map(target.ctx, cases[i].addr, cases[i].len) != NULL, cases[i].writable);
    st_sim_free(sim);
}

/* A description may put a variable where a site's cell lies, or a cell anywhere. */
static void cells(void)
{
    static const uint64_t odd[] = {CELL, CELL + 1, LU_VA_HEAPMETA + 64, 1, 1ull << 40, UINT64_MAX};
    struct st_sim *sim = sim_new();
    struct st_target target;
    uint64_t p[6], q[6];

    st_sim_target(sim, &target);
    for (size_t i = 0; i < 6; i++)
        p[i] = target.alloc(target.ctx, 48, odd[i]);
    memset(target.map(target.ctx, CELL, 64), 0xee, 64);
    for (size_t i = 0; i < 6; i++) {
        q[i] = target.alloc(target.ctx, 48, odd[i]);
        CHECK(p[i] && q[i] && q[i] != p[i] && q[i] / 512 == p[i] / 512); /* a site's are together */
        CHECK(i == 0 || p[i] / 512 != p[i - 1] / 512);                   /* and apart from others */
    }
    st_sim_free(sim);
}

int main(void)
{
    limits();
    freed();
    windows();
    cells();
    return CHECK_RESULT();
}
