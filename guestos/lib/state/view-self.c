/* SPDX-License-Identifier: MIT
 *
 * A view of the caller's own memory: static ranges that the caller names, and the
 * heap as far as its tables say that it is mapped.
 */
#include <lu/heap.h>
#include <st/view.h>
#include <stdbool.h>
#include <string.h>

static bool inside(uint64_t addr, size_t len, uint64_t start, uint64_t size)
{
    return addr >= start && addr - start <= size && len <= size - (addr - start);
}

static bool heap_inside(uint64_t addr, size_t len)
{
    const struct lu_heap *heap = (const void *)(uintptr_t)LU_VA_HEAPMETA;
    const uint32_t *units = (const void *)(uintptr_t)heap->units;
    uint64_t unit = (addr - LU_VA_HEAP) / LU_HEAP_UNIT;

    if (inside(addr, len, LU_VA_HEAPMETA, sizeof(*heap)) ||
        inside(addr, len, heap->units, heap->n_units * sizeof(*units)) ||
        inside(addr, len, heap->spans, heap->n_spans * sizeof(struct lu_heap_span)))
        return true;
    if (!inside(addr, len, LU_VA_HEAP, (uint64_t)heap->n_units * LU_HEAP_UNIT))
        return false;
    for (; unit * LU_HEAP_UNIT < addr - LU_VA_HEAP + len; unit++)
        if (!units[unit] || (units[unit] & LU_HEAP_FREE))
            return false;
    return true;
}

static int self_read(void *ctx, uint64_t addr, void *buf, size_t len)
{
    const struct st_self *self = ctx;
    bool ok = self->heap && heap_inside(addr, len);

    for (uint32_t i = 0; i < self->n_ranges && !ok; i++)
        ok = inside(addr, len, self->ranges[i].addr, self->ranges[i].len);
    if (!ok)
        return -LU_EFAULT;
    memcpy(buf, (const void *)(uintptr_t)addr, len);
    return 0;
}

void st_view_self(struct st_view *ret, struct st_self *self)
{
    *ret = (struct st_view){.read = self_read, .ctx = self};
}
