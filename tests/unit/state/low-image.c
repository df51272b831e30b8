/* SPDX-License-Identifier: MIT
 *
 * A component's image in this process.
 */
#include "low-image.h"

#include <lu/heap.h>
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

void low_load(const struct st_image *image, struct st_sim *sim, bool with_heap)
{
    const struct st_image_segment *s;
    uint32_t n = st_image_segments(image, &s);
    uint64_t first = ~0ull, end = 0, bytes;

    for (uint32_t i = 0; i < n; i++) {
        first = s[i].addr < first ? s[i].addr : first;
        end = s[i].addr + s[i].mem_size > end ? s[i].addr + s[i].mem_size : end;
    }
    map(first, end);
    memcpy((void *)(uintptr_t)first, st_sim_at(sim, first), end - first);
    if (!with_heap)
        return;
    bytes =
        (uint64_t)((const struct lu_heap *)st_sim_at(sim, LU_VA_HEAPMETA))->n_units * LU_HEAP_UNIT;
    map(LU_VA_HEAP, LU_VA_HEAP + bytes);
    memcpy((void *)(uintptr_t)LU_VA_HEAP, st_sim_at(sim, LU_VA_HEAP), bytes);
}

long low_enter(const struct st_image *image, long what)
{
    long (*entry)(long) = (long (*)(long))(uintptr_t)st_image_entry(image);

    return entry(what);
}
