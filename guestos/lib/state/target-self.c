/* SPDX-License-Identifier: MIT
 *
 * The calling process is the new version: its memory is written in place.
 */
#include <lu/alloc.h>
#include <st/transfer.h>
#include <stdbool.h>
#include <string.h>

static bool inside(uint64_t addr, size_t len, uint64_t start, uint64_t size)
{
    return addr >= start && addr - start <= size && len <= size - (addr - start);
}

static void *self_at(void *ctx, uint64_t addr, size_t len)
{
    const struct st_target_self *self = ctx;
    bool ok = inside(addr, len, LU_VA_HEAP, LU_VA_HEAP_END - LU_VA_HEAP);

    for (uint32_t i = 0; i < self->n_ranges && !ok; i++)
        ok = inside(addr, len, self->ranges[i].addr, self->ranges[i].len);
    return ok ? (void *)(uintptr_t)addr : NULL;
}

static uint64_t self_alloc(void *ctx, size_t size, uint64_t cell)
{
    void *p = lu_heap_alloc(size, (struct lu_site_cell *)(uintptr_t)cell);

    (void)ctx;
    return p ? (uintptr_t)memset(p, 0, size) : 0;
}

void st_target_self(struct st_target *ret, struct st_target_self *self)
{
    *ret = (struct st_target){.map = self_at, .alloc = self_alloc, .ctx = self};
}
