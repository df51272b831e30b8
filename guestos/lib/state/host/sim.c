/* SPDX-License-Identifier: MIT
 *
 * A component's memory, simulated.  The allocator's own data is out of reach of what is
 * written into that memory: its tables lie outside of what a target maps, and the bins
 * of sites beside it, not in the image's cells.
 */
#include "sim.h"

#include "../../heap/heap-fast.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define SIM_SIZE 0x80000000ull /* all windows of a component lie below */

/* A site's cell, as the allocator uses it. */
struct sim_cell {
    uint64_t addr;
    struct lu_site_cell cell;
};

struct st_sim {
    uint8_t *memory;
    struct heap heap;
    uint64_t limit, mapped;
    void *cells; /* tree of struct sim_cell */
};

static int sim_map(void *ctx, uint64_t addr, uint64_t len)
{
    struct st_sim *sim = ctx;

    if (addr + len > SIM_SIZE || len > sim->limit - sim->mapped)
        return -LU_ENOMEM;
    sim->mapped += len;
    return 0;
}

/* Pages that come back are zero, as new ones. */
static void sim_unmap(void *ctx, uint64_t addr, uint64_t len)
{
    struct st_sim *sim = ctx;

    sim->mapped -= len;
    madvise(sim->memory + addr, len, MADV_DONTNEED);
}

static void sim_die(void *ctx, const struct lu_heap_abuse *abuse)
{
    char text[256];

    (void)ctx;
    lu_heap_abuse_text(abuse, text, sizeof(text));
    fprintf(stderr, "simulated %s\n", text);
    abort();
}

static const struct heap_os sim_os = {.map = sim_map, .unmap = sim_unmap, .die = sim_die};

static bool in_image(uint64_t addr, uint64_t len)
{
    return addr >= LU_VA_IMAGE && addr <= LU_VA_IMAGE_END && len <= LU_VA_IMAGE_END - addr;
}

static int check_globals(const struct st_desc *d, struct st_err *err)
{
    for (uint32_t i = 0; d && i < d->n_globals; i++)
        if (!in_image(d->globals[i].addr, d->globals[i].size))
            return st_err_set(err, -LU_EFORMAT, st_desc_string(d, d->globals[i].name),
                              "lies outside the image window");
    return 0;
}

static int sim_load(struct st_sim *sim, const struct st_image *image, struct st_err *err)
{
    const struct st_image_segment *s;
    uint32_t n = st_image_segments(image, &s);

    for (uint32_t i = 0; i < n; i++) {
        if (s[i].addr > SIM_SIZE || s[i].mem_size > SIM_SIZE - s[i].addr ||
            s[i].file_size > s[i].mem_size)
            return st_err_set(err, -LU_EFORMAT, NULL, "a segment lies outside the image window");
        memcpy(sim->memory + s[i].addr, s[i].data, s[i].file_size);
    }
    return check_globals(st_image_desc(image), err);
}

int st_sim_new(struct st_sim **ret, const struct st_image *image, struct st_err *err)
{
    struct st_sim *sim = calloc(1, sizeof(*sim));
    int r = 0;

    if (!sim)
        return st_err_set(err, -LU_ENOMEM, NULL, "no memory for a simulated component");
    sim->memory = mmap(NULL, SIM_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (sim->memory == MAP_FAILED) {
        free(sim);
        return st_err_set(err, -LU_ENOMEM, NULL, "no address space for a simulated component");
    }
    sim->heap = (struct heap){.delta = (uintptr_t)sim->memory, .os = &sim_os, .ctx = sim};
    sim->limit = SIM_SIZE;
    if (image)
        r = sim_load(sim, image, err);
    if (r < 0) {
        st_sim_free(sim);
        return r;
    }
    *ret = sim;
    return 0;
}

void st_sim_free(struct st_sim *sim)
{
    if (!sim)
        return;
    tdestroy(sim->cells, free);
    munmap(sim->memory, SIM_SIZE);
    free(sim);
}

void st_sim_limit(struct st_sim *sim, uint64_t bytes)
{
    sim->limit = bytes > sim->mapped ? bytes : sim->mapped;
}

void *st_sim_at(const struct st_sim *sim, uint64_t addr)
{
    return sim->memory + addr;
}

static int cell_compare(const void *a, const void *b)
{
    uint64_t x = ((const struct sim_cell *)a)->addr, y = ((const struct sim_cell *)b)->addr;

    return x < y ? -1 : x > y;
}

/* NULL: no memory. */
static struct lu_site_cell *cell_at(struct st_sim *sim, uint64_t addr)
{
    struct sim_cell key = {.addr = addr}, *new;
    struct sim_cell **found = tfind(&key, &sim->cells, cell_compare);

    if (found)
        return &(*found)->cell;
    new = calloc(1, sizeof(*new));
    if (!new)
        return NULL;
    new->addr = addr;
    if (tsearch(new, &sim->cells, cell_compare))
        return &new->cell;
    free(new);
    return NULL;
}

uint64_t st_sim_alloc(struct st_sim *sim, size_t size, uint64_t cell)
{
    struct lu_site_cell *at = cell ? cell_at(sim, cell) : &sim->heap.untyped;

    return at ? heap_alloc(&sim->heap, size, at, cell) : 0;
}

void st_sim_dealloc(struct st_sim *sim, uint64_t addr)
{
    heap_free(&sim->heap, addr);
}

static int sim_read(void *ctx, uint64_t addr, void *buf, size_t len)
{
    const struct st_sim *sim = ctx;

    if (addr > SIM_SIZE || len > SIM_SIZE - addr || addr < LU_VA_IMAGE)
        return -LU_EFAULT;
    memcpy(buf, sim->memory + addr, len);
    return 0;
}

/* Tables that are there may have been put there by the caller: a copy of a real heap. */
void st_sim_view(struct st_sim *sim, struct st_view *ret)
{
    const struct lu_heap *header = st_sim_at(sim, LU_VA_HEAPMETA);

    if (!sim->heap.ready && header->magic != LU_HEAP_MAGIC)
        heap_init(&sim->heap);
    *ret = (struct st_view){.read = sim_read, .ctx = sim};
}

static void *sim_writable(void *ctx, uint64_t addr, size_t len)
{
    const struct st_sim *sim = ctx;

    bool in_heap = addr >= LU_VA_HEAP && addr <= LU_VA_HEAP_END && len <= LU_VA_HEAP_END - addr;

    return in_heap || in_image(addr, len) ? sim->memory + addr : NULL;
}

static uint64_t sim_alloc(void *ctx, size_t size, uint64_t cell)
{
    struct st_sim *sim = ctx;
    uint64_t p = st_sim_alloc(sim, size, cell);

    if (p)
        memset(st_sim_at(sim, p), 0, size);
    return p;
}

void st_sim_target(struct st_sim *sim, struct st_target *ret)
{
    *ret = (struct st_target){.map = sim_writable, .alloc = sim_alloc, .ctx = sim};
}
