/* SPDX-License-Identifier: MIT
 *
 * A component's image in this process.
 */
#include "low-image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LOW_END 0x7fff0000ull

/* Calls fn for every mapping of this process in the component's windows. */
static void each_low(void (*fn)(struct st_sim *sim, uint64_t start, uint64_t end),
                     struct st_sim *sim)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned long start, end;

    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "%lx-%lx", &start, &end) == 2 && start >= LU_VA_IMAGE && end <= LOW_END)
            fn(sim, start, end);
    if (f)
        fclose(f);
}

static void keep(struct st_sim *sim, uint64_t start, uint64_t end)
{
    memcpy(st_sim_at(sim, start), (const void *)(uintptr_t)start, end - start);
}

static void drop(struct st_sim *sim, uint64_t start, uint64_t end)
{
    (void)sim;
    munmap((void *)(uintptr_t)start, end - start);
}

void low_keep(struct st_sim *sim)
{
    each_low(keep, sim);
}

void low_drop(void)
{
    each_low(drop, NULL);
}

static void map(uint64_t start, uint64_t end)
{
    uint64_t from = start & ~0xfffull;

    if (end <= start)
        return;
    if (mmap((void *)(uintptr_t)from, end - from, PROT_READ | PROT_WRITE | PROT_EXEC,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
}

void low_load(const struct st_image *image)
{
    const struct st_image_segment *s;
    uint32_t n = st_image_segments(image, &s);
    uint64_t first = ~0ull, end = 0;

    for (uint32_t i = 0; i < n; i++) {
        first = s[i].addr < first ? s[i].addr : first;
        end = s[i].addr + s[i].mem_size > end ? s[i].addr + s[i].mem_size : end;
    }
    map(first, end);
    for (uint32_t i = 0; i < n; i++)
        memcpy((void *)(uintptr_t)s[i].addr, s[i].data, s[i].file_size);
}

long low_enter(const struct st_image *image, enum case_call call, long world)
{
    case_start *start = (case_start *)(uintptr_t)st_image_entry(image);

    return start(call, world);
}

static void *low_map(void *ctx, uint64_t addr, size_t len)
{
    (void)ctx;
    return addr >= LU_VA_IMAGE && addr <= LOW_END && len <= LOW_END - addr ? (void *)(uintptr_t)addr
                                                                           : NULL;
}

static uint64_t low_alloc(void *ctx, size_t size, uint64_t cell)
{
    const struct case_entry *entry = ctx;
    void *p = entry->alloc(size, (struct lu_site_cell *)(uintptr_t)cell);

    return p ? (uintptr_t)memset(p, 0, size) : 0;
}

static int low_read(void *ctx, uint64_t addr, void *buf, size_t len)
{
    const struct st_image_segment *s;
    uint32_t n = st_image_segments(ctx, &s);

    for (uint32_t i = 0; i < n; i++)
        if (addr >= s[i].addr && addr - s[i].addr <= s[i].mem_size &&
            len <= s[i].mem_size - (addr - s[i].addr)) {
            memcpy(buf, (const void *)(uintptr_t)addr, len);
            return 0;
        }
    return -LU_EFAULT;
}

void low_view(struct st_view *ret, struct st_image *image)
{
    *ret = (struct st_view){.read = low_read, .ctx = image};
}

void low_target(struct st_target *ret, const struct case_entry *entry)
{
    *ret = (struct st_target){.map = low_map, .alloc = low_alloc, .ctx = (void *)entry};
}
