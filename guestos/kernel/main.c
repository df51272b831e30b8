/* SPDX-License-Identifier: MIT
 *
 * From the boot entry to the first component: `update`, which the boot archive
 * must hold and which starts all others.
 */
#include <lu/archive.h>

#include "elf.h"
#include "frame.h"
#include "inspect.h"
#include "log.h"
#include "mem.h"
#include "panic.h"
#include "proc.h"
#include "random.h"
#include "sched.h"

#define FIRST_COMPONENT "update"

_Noreturn void kmain(uint32_t start_info);

static void check_archive(const struct lu_archive *a, uint64_t size)
{
    if (size < sizeof(*a) || a->magic != LU_ARCHIVE_MAGIC || a->version != LU_ARCHIVE_VERSION)
        panic("no boot archive: give QEMU one with -initrd");
    if (a->size > size || a->n_entries > LU_ARCHIVE_MAX_FILES)
        panic("boot archive is damaged");
    for (uint32_t i = 0; i < a->n_entries; i++) {
        const struct lu_archive_entry *e = &a->entries[i];

        if (e->offset > a->size || e->size > a->size - e->offset || e->offset % LU_PAGE_SIZE ||
            slot_check_name(e->name) || slot_check_rights(&e->rights))
            panic("boot archive: entry %u is damaged", i);
    }
}

static const struct lu_archive_entry *find_first(const struct lu_archive *a)
{
    for (uint32_t i = 0; i < a->n_entries; i++)
        if (!memcmp(a->entries[i].name, FIRST_COMPONENT, sizeof(FIRST_COMPONENT)))
            return &a->entries[i];
    panic("boot archive: no component named %s", FIRST_COMPONENT);
}

static void start_supervisor(const struct lu_archive *a)
{
    const struct lu_archive_entry *e = find_first(a);
    struct slot *s = slot_create(e->name, &e->rights);
    uint64_t entry = 0;
    int ret = elf_load(s, (const uint8_t *)a + e->offset, e->size, &entry);

    if (ret < 0)
        panic("%s: can't load: error %d", e->name, -ret);
    if (slot_check_pages(
            s, space_map_cost(&s->body->space, LU_VA_STACK_TOP - LU_STACK_SIZE, LU_STACK_SIZE)))
        panic("%s: no memory for its stack", e->name);
    slot_supervisor = s;
    proc_start(s, entry, LU_START_FRESH);
}

void kmain(uint32_t start_info)
{
    static struct boot_info info;

    arch_console_init();
    arch_boot_info(start_info, &info);
    inspect_init(info.ram_top);
    arch_detect();
    frame_init(&info);
    paging_init(info.ram_top);
    arch_cpu_init();
    arch_timer_init();
    random_init();
    slot_init();
    klog("%lu KiB of memory, %lu free, archive of %lu KiB", (unsigned long)(frame_total() * 4),
         (unsigned long)(frame_free_count() * 4), (unsigned long)(info.archive_size >> 10));
    check_archive(direct(info.archive), info.archive_size);
    mem_set_archive(info.archive, info.archive_size);
    start_supervisor(direct(info.archive));
    arch_enter_user(sched_next());
}
