/* SPDX-License-Identifier: MIT
 *
 * First fit over the few regions there are.  The boot archive lies at the upper
 * end of the window; the kernel refuses a mapping that would touch it.
 */
#include "pool.h"

#include <lu/channel.h>
#include <lu/sys.h>

/* Per component: current image, staged image, rules. */
#define MAX_REGIONS (3u * LU_MAX_SLOTS)
#define POOL_START LU_VA_MAP
#define POOL_END LU_VA_MAP_END

struct block {
    uint64_t va, len; /* len 0: free entry */
};

static struct block blocks[MAX_REGIONS];

static uint64_t pages_of(uint64_t size)
{
    return (size + LU_PAGE_SIZE - 1) & ~(uint64_t)(LU_PAGE_SIZE - 1);
}

/* The block that overlaps [va, va + len), or NULL. */
static const struct block *block_in(uint64_t va, uint64_t len)
{
    for (unsigned i = 0; i < MAX_REGIONS; i++)
        if (blocks[i].len > 0 && va < blocks[i].va + blocks[i].len && blocks[i].va < va + len)
            return &blocks[i];
    return NULL;
}

static uint64_t place_find(uint64_t len)
{
    uint64_t va = POOL_START;

    while (va + len <= POOL_END) {
        const struct block *b = block_in(va, len);

        if (!b)
            return va;
        va = b->va + b->len;
    }
    return 0;
}

int region_new(uint64_t size, struct region *ret)
{
    const uint64_t len = pages_of(size), guarded = len + LU_PAGE_SIZE;
    uint64_t va = size <= POOL_END - POOL_START ? place_find(guarded) : 0;

    for (unsigned i = 0; i < MAX_REGIONS && va; i++) {
        int r;

        if (blocks[i].len > 0)
            continue;
        r = sys_mem_map(va, len, LU_PROT_READ | LU_PROT_WRITE);
        if (r < 0)
            return r == -LU_EEXIST ? -LU_ENOMEM : r;
        blocks[i] = (struct block){va, guarded};
        *ret = (struct region){(uint8_t *)(uintptr_t)va, size};
        return 0;
    }
    return -LU_ENOMEM;
}

void region_free(struct region *r)
{
    for (unsigned i = 0; i < MAX_REGIONS && r->data; i++) {
        if (blocks[i].len == 0 || blocks[i].va != LU_ADDR(r->data))
            continue;
        sys_mem_unmap(blocks[i].va, blocks[i].len - LU_PAGE_SIZE);
        blocks[i].len = 0;
        break;
    }
    *r = (struct region){0};
}
