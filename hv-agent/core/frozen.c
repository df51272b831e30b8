/* SPDX-License-Identifier: MIT
 *
 * A frozen component's memory: four-level page tables (Intel SDM volume 3, 4.5),
 * read as hostile data.  Each level must be present and open to user mode.
 */
#include "introspect.h"

#include <errno.h>

#define PTE_PRESENT 1ull
#define PTE_USER 4ull
#define PTE_LARGE 0x80ull
#define PTE_ADDR 0x000ffffffffff000ull
#define VA_LIMIT (1ull << 47) /* user half */

int hva_walk(const struct hva_frozen *f, uint64_t va, uint64_t *ret_phys)
{
    uint64_t table = f->root & PTE_ADDR;

    if (va >= VA_LIMIT)
        return -EFAULT;
    for (int shift = 39; shift >= 12; shift -= 9) {
        uint64_t entry, mask = (1ull << shift) - 1;

        if (hva_phys_read(f->ram, table + (va >> shift & 511) * 8, &entry, sizeof(entry)) < 0)
            return -EFAULT;
        if (!(entry & PTE_PRESENT) || !(entry & PTE_USER))
            return -EFAULT;
        if (shift == 12 || (shift < 39 && (entry & PTE_LARGE))) {
            *ret_phys = (entry & PTE_ADDR & ~mask) | (va & mask);
            return 0;
        }
        table = entry & PTE_ADDR;
    }
    return -EFAULT;
}

static int frozen_read(void *ctx, uint64_t addr, void *buf, size_t len)
{
    const struct hva_frozen *f = ctx;
    uint8_t *out = buf;

    while (len > 0) {
        size_t n = LU_PAGE_SIZE - (addr & (LU_PAGE_SIZE - 1));
        uint64_t phys;

        if (n > len)
            n = len;
        if (hva_walk(f, addr, &phys) < 0 || hva_phys_read(f->ram, phys, out, n) < 0)
            return -LU_EFAULT;
        out += n;
        addr += n;
        len -= n;
    }
    return 0;
}

static uint32_t ranges_take(const struct lu_map *maps, uint32_t n, struct st_range *ret)
{
    uint32_t taken = 0;

    for (uint32_t i = 0; i < n; i++)
        if (maps[i].len)
            ret[taken++] = (struct st_range){maps[i].va, maps[i].len};
    return taken;
}

void hva_frozen_open(const struct hva_ram *ram, const struct lu_inspect_slot *slot,
                     const struct lu_inspect_windows *windows, struct hva_frozen *ret)
{
    *ret = (struct hva_frozen){.ram = ram, .root = slot->root};
    ret->n_dma = ranges_take(windows->dma, LU_INSPECT_DMA, ret->dma);
    ret->n_mmio = ranges_take(windows->mmio, LU_INSPECT_MMIO, ret->mmio);
    for (uint32_t i = 0; i < LU_MAX_GRANTS; i++) {
        const struct lu_inspect_grant *g = &windows->grants[i];

        if (g->len)
            ret->grants[ret->n_grants++] =
                (struct st_grant){.id = g->id, .flags = g->flags, .addr = g->addr, .len = g->len};
    }
}

void hva_frozen_view(struct hva_frozen *f, struct st_view *ret_view)
{
    *ret_view = (struct st_view){
        .read = frozen_read,
        .ctx = f,
        .dma = f->dma,
        .n_dma = f->n_dma,
        .mmio = f->mmio,
        .n_mmio = f->n_mmio,
    };
}
