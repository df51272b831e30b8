/* SPDX-License-Identifier: MIT
 *
 * struct hvm_start_info and its tables, as in Xen's public
 * arch-x86/hvm/start_info.h (version 1: with a memory map).
 */
#include "arch.h"

#include <lu/types.h>

#include "paging.h"
#include "../panic.h"

#define START_MAGIC 0x336ec578u
#define MEMMAP_RAM 1u
#define LOW_MEMORY 0x100000ull /* below: firmware's, and the loader's tables */

struct start_info {
    uint32_t magic, version, flags, nr_modules;
    uint64_t modlist, cmdline, rsdp, memmap;
    uint32_t memmap_entries, reserved;
};

struct module {
    uint64_t paddr, size, cmdline, reserved;
};

struct memmap_entry {
    uint64_t addr, size;
    uint32_t type, reserved;
};

static void add_ram(struct boot_info *info, uint64_t first, uint64_t end)
{
    first = (first + 4095) & ~4095ull;
    end &= ~4095ull;
    if (first < LOW_MEMORY)
        first = LOW_MEMORY;
    if (first >= end || info->n_ram == BOOT_MAX_RANGES)
        return;
    info->ram[info->n_ram++] = (struct boot_range){first, end};
    if (end > info->ram_top)
        info->ram_top = end;
}

void arch_boot_info(uint32_t start_info, struct boot_info *info)
{
    const struct start_info *s = direct(start_info);
    const struct memmap_entry *m;

    *info = (struct boot_info){0};
    if (s->magic != START_MAGIC || s->version < 1 || s->memmap_entries > 1024)
        panic("not booted by a PVH loader of version 1");
    m = direct(s->memmap);
    for (uint32_t i = 0; i < s->memmap_entries; i++)
        if (m[i].type == MEMMAP_RAM)
            add_ram(info, m[i].addr, m[i].addr + m[i].size);
    if (s->nr_modules > 0) {
        const struct module *mod = direct(s->modlist);

        info->archive = mod->paddr;
        info->archive_size = mod->size;
    }
}
