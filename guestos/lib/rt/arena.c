/* SPDX-License-Identifier: MIT
 *
 * Scratch memory of the state engine.  The handover lies at the start of the
 * MAP window, so the arena takes the second half of it.
 */
#include "rt.h"

#define ARENA_START (LU_VA_MAP + (LU_VA_MAP_END - LU_VA_MAP) / 2 / LU_PAGE_SIZE * LU_PAGE_SIZE)
#define ARENA_CHUNK 0x40000ull
#define ARENA_ALIGN 16ull

static uint64_t round_up(uint64_t n, uint64_t unit)
{
    return (n + unit - 1) / unit * unit;
}

static int arena_grow(struct rt_arena *a, uint64_t need)
{
    uint64_t len = need - (a->end - a->next);

    if (need > LU_VA_MAP_END - a->next)
        return -LU_ENOMEM;
    len = round_up(len, ARENA_CHUNK);
    if (len > LU_VA_MAP_END - a->end ||
        sys_mem_map(a->end, len, LU_PROT_READ | LU_PROT_WRITE) < 0) {
        /* near the quota: no more than is needed */
        len = round_up(need - (a->end - a->next), LU_PAGE_SIZE);
        if (len > LU_VA_MAP_END - a->end ||
            sys_mem_map(a->end, len, LU_PROT_READ | LU_PROT_WRITE) < 0)
            return -LU_ENOMEM;
    }
    a->end += len;
    return 0;
}

static void *arena_alloc(void *ctx, size_t size)
{
    struct rt_arena *a = ctx;
    uint64_t need = round_up(size, ARENA_ALIGN);
    void *p;

    if (size > LU_VA_MAP_END || (need > a->end - a->next && arena_grow(a, need) < 0))
        return NULL;
    p = (void *)(uintptr_t)a->next;
    a->next += need;
    return p;
}

/* The latest block is taken back, the others wait for rt_arena_drop. */
static void arena_free(void *ctx, void *p, size_t size)
{
    struct rt_arena *a = ctx;

    if (p && LU_ADDR(p) + round_up(size, ARENA_ALIGN) == a->next)
        a->next = LU_ADDR(p);
}

void rt_arena_init(struct rt_arena *arena, struct st_mem *ret_mem)
{
    *arena = (struct rt_arena){.next = ARENA_START, .end = ARENA_START};
    *ret_mem = (struct st_mem){.alloc = arena_alloc, .free = arena_free, .ctx = arena};
}

void rt_arena_drop(struct rt_arena *arena)
{
    if (arena->end > ARENA_START)
        sys_mem_unmap(ARENA_START, arena->end - ARENA_START);
    arena->next = arena->end = ARENA_START;
}
