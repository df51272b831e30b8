/* SPDX-License-Identifier: MIT
 *
 * Builds four-level page tables by hand; every page is present, writable, user.
 */
#include "fake-ram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_PHYS 0x110000ull
#define WINDOWS_PHYS 0x112000ull
#define PTE_FLAGS 7ull
#define ADDR(e) ((e) & 0x000ffffffffff000ull)

static void *phys_at(struct hva_ram *ram, uint64_t phys)
{
    return ram->base + phys;
}

static uint64_t take_page(struct hva_ram *ram, uint64_t *pool)
{
    uint64_t page = *pool;

    if (page + LU_PAGE_SIZE > ram->size) {
        fprintf(stderr, "fake guest: image too large\n");
        abort();
    }
    *pool += LU_PAGE_SIZE;
    return page;
}

static uint64_t *entry_at(struct hva_ram *ram, uint64_t table, uint64_t va, int shift)
{
    uint64_t *entries = phys_at(ram, table);

    return entries + (va >> shift & 511);
}

/* The entry of a page in the lowest table. */
static uint64_t *page_entry(struct hva_ram *ram, uint64_t root, uint64_t va, uint64_t *pool)
{
    uint64_t table = root;

    for (int shift = 39; shift > 12; shift -= 9) {
        uint64_t *e = entry_at(ram, table, va, shift);

        if (!*e)
            *e = take_page(ram, pool) | PTE_FLAGS;
        table = ADDR(*e);
    }
    return entry_at(ram, table, va, 12);
}

static void *map_page(struct hva_ram *ram, uint64_t root, uint64_t va, uint64_t *pool)
{
    uint64_t *e = page_entry(ram, root, va, pool);

    if (!*e)
        *e = take_page(ram, pool) | PTE_FLAGS;
    return ram->base + ADDR(*e);
}

void fake_ram_alias(struct hva_ram *ram, uint64_t root, uint64_t va, uint64_t len, uint64_t phys,
                    uint64_t *pool)
{
    for (uint64_t at = va; at < va + len; at += LU_PAGE_SIZE)
        *page_entry(ram, root, at, pool) = phys | PTE_FLAGS;
}

void *fake_ram_at(struct hva_ram *ram, uint64_t root, uint64_t va)
{
    uint64_t table = root;

    for (int shift = 39; shift >= 12; shift -= 9) {
        uint64_t e = *entry_at(ram, table, va, shift);

        if (!e) {
            fprintf(stderr, "fake guest: %#llx is not mapped\n", (unsigned long long)va);
            abort();
        }
        table = ADDR(e);
    }
    return ram->base + table + (va & (LU_PAGE_SIZE - 1));
}

static void load_segment(struct hva_ram *ram, uint64_t root, const struct st_image_segment *s,
                         uint64_t *pool)
{
    uint64_t first = s->addr & ~(uint64_t)(LU_PAGE_SIZE - 1);

    for (uint64_t va = first; va < s->addr + s->mem_size; va += LU_PAGE_SIZE)
        map_page(ram, root, va, pool);
    for (uint64_t i = 0; i < s->file_size; i++)
        memcpy(fake_ram_at(ram, root, s->addr + i), (const uint8_t *)s->data + i, 1);
}

void fake_ram_load(struct hva_ram *ram, const struct st_image *image, uint64_t *pool,
                   struct fake_body *ret)
{
    const struct st_image_segment *segments;
    uint32_t n = st_image_segments(image, &segments);

    ret->root = take_page(ram, pool);
    for (uint32_t i = 0; i < n; i++)
        load_segment(ram, ret->root, &segments[i], pool);
    memcpy(ret->build_id, st_image_build_id(image), LU_BUILD_ID_SIZE);
}

struct lu_inspect_slot *fake_ram_slot(struct hva_ram *ram)
{
    return phys_at(ram, SLOTS_PHYS);
}

struct lu_inspect_windows *fake_ram_windows(struct hva_ram *ram)
{
    struct lu_inspect_windows *windows = phys_at(ram, WINDOWS_PHYS);

    return windows + LU_EP_SLOT(fake_ram_slot(ram)->ep);
}

struct fake_state *fake_ram_state(struct hva_ram *ram)
{
    return phys_at(ram, FAKE_STATE_PHYS);
}

static struct lu_inspect *block_of(struct hva_ram *ram)
{
    return phys_at(ram, LU_INSPECT_PHYS);
}

void fake_ram_run(struct hva_ram *ram, const struct fake_body *body)
{
    struct lu_inspect_slot *slot = fake_ram_slot(ram);

    slot->root = body->root;
    memcpy(slot->build_id, body->build_id, LU_BUILD_ID_SIZE);
}

void fake_ram_boot(struct hva_ram *ram, const char *name, const struct fake_body *now)
{
    struct lu_inspect *block = block_of(ram);
    struct lu_inspect_slot *slot = fake_ram_slot(ram);

    *block = (struct lu_inspect){.magic = LU_INSPECT_MAGIC,
                                 .version = LU_INSPECT_VERSION,
                                 .size = sizeof(*block),
                                 .ram_bytes = ram->size,
                                 .slots = SLOTS_PHYS,
                                 .windows = WINDOWS_PHYS,
                                 .n_slots = 4};
    slot->ep = LU_EP(0, 1);
    snprintf(slot->name, sizeof(slot->name), "%s", name);
    fake_ram_run(ram, now);
}

void fake_ram_panic(struct hva_ram *ram, const char *text)
{
    struct lu_inspect *block = block_of(ram);

    snprintf(block->epitaph.text, sizeof(block->epitaph.text), "%s", text);
    block->epitaph.valid = LU_EPITAPH_VALID;
}
