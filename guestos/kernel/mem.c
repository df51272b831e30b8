/* SPDX-License-Identifier: MIT
 *
 * MEM_MAP, MEM_UNMAP, ARCHIVE_MAP.
 */
#include "mem.h"

#include "call.h"
#include "usermem.h"

#define LARGE (1ull << 21)

static uint64_t archive_phys, archive_size;

void mem_set_archive(uint64_t phys, uint64_t size)
{
    archive_phys = phys;
    archive_size = size;
}

int mem_check_range(uint64_t va, uint64_t len)
{
    if (!len || (va | len) % LU_PAGE_SIZE || len > USER_END || va > USER_END - len)
        return -LU_EINVAL;
    if (va >= LU_VA_IMAGE && va + len <= LU_VA_HEAPMETA_END)
        return 0;
    if (va >= LU_VA_MAP && va + len <= LU_VA_MAP_END)
        return 0;
    return -LU_EINVAL;
}

int mem_check_prot(uint64_t prot)
{
    if (!(prot & LU_PROT_READ) || (prot & ~7ull))
        return -LU_EINVAL;
    if ((prot & LU_PROT_WRITE) && (prot & LU_PROT_EXEC))
        return -LU_EINVAL;
    return 0;
}

int mem_map(struct slot *s, uint64_t va, uint64_t len, uint64_t prot)
{
    struct space *sp = &s->body->space;

    if (mem_check_range(va, len) || mem_check_prot(prot))
        return -LU_EINVAL;
    if (!space_range_empty(sp, va, len))
        return -LU_EEXIST;
    if (slot_check_pages(s, space_map_cost(sp, va, len)))
        return -LU_ENOMEM;
    space_map_zeroed(sp, va, len, (uint32_t)prot);
    slot_publish(s);
    return 0;
}

long call_mem_map(struct call *c)
{
    return mem_map(c->s, c->arg[0], c->arg[1], c->arg[2]);
}

long call_mem_unmap(struct call *c)
{
    if (mem_check_range(c->arg[0], c->arg[1]))
        return -LU_EINVAL;
    space_unmap(&c->s->body->space, c->arg[0], c->arg[1]);
    slot_publish(c->s);
    return 0;
}

/* Highest free place of the scratch window, or 0. */
static uint64_t find_place(const struct space *s, uint64_t len)
{
    if (len > LU_VA_MAP_END - LU_VA_MAP)
        return 0;
    for (uint64_t va = (LU_VA_MAP_END - len) & ~(LARGE - 1); va >= LU_VA_MAP; va -= LARGE)
        if (space_range_empty(s, va, len))
            return va;
    return 0;
}

static bool still_mapped(const struct body *b)
{
    return b->archive_va &&
           space_translate(&b->space, b->archive_va, SPACE_READ) == direct(archive_phys);
}

long call_archive_map(struct call *c)
{
    struct body *b = c->s->body;
    struct lu_map map = {.len = archive_size};
    const uint64_t len = page_align(archive_size);

    if (!archive_size)
        return -LU_ENOENT;
    if (user_check(b, c->arg[0], sizeof(map), SPACE_WRITE))
        return -LU_EFAULT;
    if (!still_mapped(b)) {
        uint64_t va = find_place(&b->space, len);

        if (!va || slot_check_pages(c->s, space_table_cost(&b->space, va, len)))
            return -LU_ENOMEM;
        space_map_shared(&b->space, va, archive_phys, len);
        b->archive_va = va;
        slot_publish(c->s);
    }
    map.va = b->archive_va;
    return user_write(b, c->arg[0], &map, sizeof(map));
}
