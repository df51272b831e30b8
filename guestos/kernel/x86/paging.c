/* SPDX-License-Identifier: MIT
 *
 * Page tables.  User tables are always four levels with two page directories,
 * made with the space, so that a walk is two loads.  Software bits of an entry:
 * OWNED (the frame is the space's), DEVICE (not RAM; the kernel keeps off).
 */
#include "paging.h"

#include <lu/call.h>

#include "cpu.h"
#include "insn.h"
#include "../frame.h"
#include "../klib.h"

#define P_PRESENT 0x1ull
#define P_WRITE 0x2ull
#define P_USER 0x4ull
#define P_WT 0x8ull
#define P_CD 0x10ull
#define P_LARGE 0x80ull
#define P_GLOBAL 0x100ull
#define P_OWNED 0x200ull
#define P_DEVICE 0x400ull
#define P_NX (1ull << 63)
#define P_ADDR 0x000ffffffffff000ull
#define P_TABLE (P_PRESENT | P_WRITE | P_USER)

#define FIRST_WINDOW_PDE ((unsigned)(LU_VA_DMA >> 21))
#define FLUSH_ALL_PAGES 32u

extern char kernel_text[], kernel_rodata[], kernel_data[], kernel_stack_guard[], kernel_end[];

static uint64_t kernel_root;

static uint64_t *table_at(uint64_t entry)
{
    return direct(entry & P_ADDR);
}

static uint64_t nx(void)
{
    return cpu_features.nx ? P_NX : 0;
}

static uint64_t global(void)
{
    return cpu_features.pge ? P_GLOBAL : 0;
}

static uint64_t *child(uint64_t *table, unsigned index)
{
    if (!table[index])
        table[index] = frame_alloc_zeroed() | P_PRESENT | P_WRITE;
    return table_at(table[index]);
}

/* All RAM at DIRECT_BASE, 2 MiB pages, never executable. */
static void map_direct(uint64_t *pml4, uint64_t ram_top)
{
    for (uint64_t p = 0; p < ram_top; p += 1ull << 21) {
        uint64_t *pdpt = child(pml4, 256);
        uint64_t *pd = child(pdpt, p >> 30 & 511);

        pd[p >> 21 & 511] = p | P_PRESENT | P_WRITE | P_LARGE | global() | nx();
    }
}

/* The image, page by page: text not writable, data not executable. */
static void map_image(uint64_t *pml4)
{
    for (uint64_t va = KERNEL_BASE + LU_PAGE_SIZE * 256; va < (uint64_t)kernel_end;
         va += LU_PAGE_SIZE) {
        uint64_t *pt = child(child(child(pml4, 511), va >> 30 & 511), va >> 21 & 511);
        uint64_t flags = P_PRESENT | global();

        if (va == (uint64_t)kernel_stack_guard)
            continue;
        if (va >= (uint64_t)kernel_data || va < (uint64_t)kernel_text)
            flags |= P_WRITE | nx();
        else if (va >= (uint64_t)kernel_rodata)
            flags |= nx();
        pt[va >> 12 & 511] = (va - KERNEL_BASE) | flags;
    }
}

void paging_init(uint64_t ram_top)
{
    uint64_t *pml4;

    kernel_root = frame_alloc_zeroed();
    pml4 = direct(kernel_root);
    map_direct(pml4, ram_top);
    map_image(pml4);
    write_cr3(kernel_root);
}

static bool is_current(const struct space *s)
{
    return s->root && cpu0.root == s->root;
}

static void flush(const struct space *s, uint64_t va, uint64_t len)
{
    if (!is_current(s))
        return;
    if (len / LU_PAGE_SIZE > FLUSH_ALL_PAGES) {
        write_cr3(cpu0.root);
        return;
    }
    for (uint64_t end = va + len; va < end; va += LU_PAGE_SIZE)
        invlpg(va);
}

static uint64_t *pde_of(const struct space *s, uint64_t va)
{
    return &s->pd[va >> 30][va >> 21 & 511];
}

static uint64_t *pte_of(const struct space *s, uint64_t va)
{
    uint64_t pde = *pde_of(s, va);

    return pde ? &table_at(pde)[va >> 12 & 511] : NULL;
}

void space_create(struct space *s)
{
    uint64_t *pml4, *pdpt;

    s->root = frame_alloc_zeroed();
    pml4 = direct(s->root);
    memcpy(pml4 + 256, (uint64_t *)direct(kernel_root) + 256, 256 * sizeof(*pml4));
    pml4[0] = frame_alloc_zeroed() | P_TABLE;
    pdpt = table_at(pml4[0]);
    for (unsigned i = 0; i < 2; i++) {
        pdpt[i] = frame_alloc_zeroed() | P_TABLE;
        s->pd[i] = table_at(pdpt[i]);
    }
    s->pages = SPACE_BASE_FRAMES;
}

static void destroy_table(uint64_t pde)
{
    uint64_t *pt = table_at(pde);

    for (unsigned i = 0; i < 512; i++)
        if (pt[i] & P_OWNED)
            frame_free(pt[i] & P_ADDR);
    frame_free(pde & P_ADDR);
}

void space_destroy(struct space *s)
{
    if (!s->root)
        return;
    if (is_current(s)) {
        cpu0.root = kernel_root;
        write_cr3(kernel_root);
    }
    for (unsigned i = 0; i < 1024; i++) {
        uint64_t pde = s->pd[i / 512][i % 512];

        if (pde && (i < FIRST_WINDOW_PDE || i >= FIRST_WINDOW_PDE + WINDOW_PDES))
            destroy_table(pde);
    }
    frame_free((uint64_t)s->pd[0] - DIRECT_BASE);
    frame_free((uint64_t)s->pd[1] - DIRECT_BASE);
    frame_free(*(uint64_t *)direct(s->root) & P_ADDR);
    frame_free(s->root);
    *s = (struct space){0};
}

bool space_range_empty(const struct space *s, uint64_t va, uint64_t len)
{
    uint64_t end = va + len;

    while (va < end) {
        const uint64_t *pte = pte_of(s, va);

        if (!pte) {
            va = (va | ((1ull << 21) - 1)) + 1;
            continue;
        }
        if (*pte)
            return false;
        va += LU_PAGE_SIZE;
    }
    return true;
}

uint32_t space_table_cost(const struct space *s, uint64_t va, uint64_t len)
{
    uint32_t n = 0;

    for (uint64_t v = va & ~((1ull << 21) - 1); v < va + len; v += 1ull << 21)
        if (!*pde_of(s, v))
            n++;
    return n;
}

uint32_t space_map_cost(const struct space *s, uint64_t va, uint64_t len)
{
    return space_table_cost(s, va, len) + (uint32_t)(len / LU_PAGE_SIZE);
}

static uint64_t *make_pte(struct space *s, uint64_t va)
{
    uint64_t *pde = pde_of(s, va);

    if (!*pde) {
        *pde = frame_alloc_zeroed() | P_TABLE;
        s->pages++;
    }
    return &table_at(*pde)[va >> 12 & 511];
}

void space_map_zeroed(struct space *s, uint64_t va, uint64_t len, uint32_t prot)
{
    uint64_t flags = P_PRESENT | P_USER | P_OWNED;

    if (prot & LU_PROT_WRITE)
        flags |= P_WRITE;
    if (!(prot & LU_PROT_EXEC))
        flags |= nx();
    for (uint64_t end = va + len; va < end; va += LU_PAGE_SIZE) {
        *make_pte(s, va) = frame_alloc_zeroed() | flags;
        s->pages++;
    }
}

void space_map_shared(struct space *s, uint64_t va, uint64_t phys, uint64_t len)
{
    for (uint64_t off = 0; off < len; off += LU_PAGE_SIZE)
        *make_pte(s, va + off) = (phys + off) | P_PRESENT | P_USER | nx();
}

void space_unmap(struct space *s, uint64_t va, uint64_t len)
{
    for (uint64_t v = va; v < va + len; v += LU_PAGE_SIZE) {
        uint64_t *pte = pte_of(s, v);

        if (!pte) {
            v |= ((1ull << 21) - 1) & ~0xfffull;
            continue;
        }
        if (*pte & P_OWNED) {
            frame_free(*pte & P_ADDR);
            s->pages--;
        }
        *pte = 0;
    }
    flush(s, va, len);
}

void *space_translate(const struct space *s, uint64_t va, enum space_access access)
{
    const uint64_t *pte;

    if (va >= USER_END || !s->root)
        return NULL;
    pte = pte_of(s, va);
    if (!pte || !(*pte & P_PRESENT) || (*pte & P_DEVICE))
        return NULL;
    if (access == SPACE_WRITE && !(*pte & P_WRITE))
        return NULL;
    return (char *)direct(*pte & P_ADDR) + (va & 4095);
}

uint32_t window_cost(const struct window *w, uint64_t va, uint64_t len)
{
    uint32_t n = 0;

    for (uint64_t v = va & ~((1ull << 21) - 1); v < va + len; v += 1ull << 21)
        if (!w->pde[(v >> 21) - FIRST_WINDOW_PDE])
            n++;
    return n;
}

void window_map(struct window *w, struct space *s, uint64_t va, uint64_t phys, uint64_t len)
{
    for (uint64_t off = 0; off < len; off += LU_PAGE_SIZE) {
        uint64_t *pde = &w->pde[((va + off) >> 21) - FIRST_WINDOW_PDE];
        uint64_t flags = P_PRESENT | P_WRITE | P_USER | nx();

        if (!frame_is_ram(phys + off))
            flags |= P_DEVICE | P_CD | P_WT;
        if (!*pde) {
            *pde = frame_alloc_zeroed() | P_TABLE;
            w->tables++;
        }
        if (s->root)
            *pde_of(s, va + off) = *pde;
        table_at(*pde)[(va + off) >> 12 & 511] = (phys + off) | flags;
    }
}

void window_unmap(struct window *w, struct space *s, uint64_t va, uint64_t len)
{
    for (uint64_t off = 0; off < len; off += LU_PAGE_SIZE)
        table_at(w->pde[((va + off) >> 21) - FIRST_WINDOW_PDE])[(va + off) >> 12 & 511] = 0;
    flush(s, va, len);
}

void window_install(const struct window *w, struct space *s)
{
    if (!s->root)
        return;
    memcpy(pde_of(s, LU_VA_DMA), w->pde, sizeof(w->pde));
    flush(s, LU_VA_DMA, LU_VA_MMIO_END - LU_VA_DMA);
}

void window_destroy(struct window *w, struct space *s)
{
    for (unsigned i = 0; i < WINDOW_PDES; i++) {
        if (!w->pde[i])
            continue;
        frame_free(w->pde[i] & P_ADDR);
        w->pde[i] = 0;
    }
    w->tables = 0;
    window_install(w, s);
}
