/* SPDX-License-Identifier: MIT
 *
 * Which pages of the heap window are mapped.  Pages that lie wholly in a free run are
 * idle; a few of them stay mapped, so that a heap that breathes needs no system
 * calls.  All free memory that is mapped is zero.
 */
#include "heap-core.h"

#define IDLE_LEAST 8u /* pages that any heap may keep */
#define IDLE_MOST 256u
#define IDLE_SHARE 2u /* of what is mapped */

struct pages {
    uint32_t first, end;
};

static uint64_t *mapped_word(const struct heap *h, uint32_t page)
{
    return (uint64_t *)heap_at(h, HEAP_MAPPED) + page / 64;
}

static bool page_mapped(const struct heap *h, uint32_t page)
{
    return *mapped_word(h, page) >> page % 64 & 1;
}

/* Pages that the run touches. */
static struct pages pages_of(uint32_t first, uint32_t n)
{
    return (struct pages){first / HEAP_PAGE_UNITS,
                          (first + n + HEAP_PAGE_UNITS - 1) / HEAP_PAGE_UNITS};
}

/* Pages that hold nothing but the run. */
static struct pages pages_within(uint32_t first, uint32_t n)
{
    struct pages p = {(first + HEAP_PAGE_UNITS - 1) / HEAP_PAGE_UNITS,
                      (first + n) / HEAP_PAGE_UNITS};

    return p.end < p.first ? (struct pages){p.first, p.first} : p;
}

static uint32_t overlap(const struct pages *a, const struct pages *b)
{
    uint32_t first = a->first > b->first ? a->first : b->first;
    uint32_t end = a->end < b->end ? a->end : b->end;

    return end > first ? end - first : 0;
}

static uint64_t page_addr(uint32_t page)
{
    return LU_VA_HEAP + (uint64_t)page * LU_PAGE_SIZE;
}

static uint64_t unit_addr(uint32_t unit)
{
    return LU_VA_HEAP + (uint64_t)unit * LU_HEAP_UNIT;
}

/* End of the stretch of pages from `page` on that are all mapped, or all not. */
static uint32_t stretch_end(const struct heap *h, uint32_t page, uint32_t end)
{
    bool mapped = page_mapped(h, page);

    while (page < end && page_mapped(h, page) == mapped)
        page++;
    return page;
}

static void stretch_flip(struct heap *h, uint32_t first, uint32_t end)
{
    for (uint32_t page = first; page < end; page++)
        *mapped_word(h, page) ^= 1ull << page % 64;
}

/* New pages are idle at first. */
static int stretch_map(struct heap *h, uint32_t first, uint32_t end)
{
    int ret = heap_map(h, page_addr(first), page_addr(end) - page_addr(first));

    if (ret < 0)
        return ret;
    stretch_flip(h, first, end);
    h->mapped_pages += end - first;
    h->idle_pages += end - first;
    return 0;
}

static void stretch_unmap(struct heap *h, uint32_t first, uint32_t end)
{
    h->os->unmap(h->ctx, page_addr(first), page_addr(end) - page_addr(first));
    stretch_flip(h, first, end);
    h->mapped_pages -= end - first;
    h->idle_pages -= end - first;
}

/* Memory that was free is still zero, or somebody wrote to it after freeing it. */
static void check_zero(struct heap *h, uint64_t from, uint64_t to)
{
    const uint64_t *w = heap_at(h, from), *end = heap_at(h, to);

    for (; w < end; w += 8)
        if ((w[0] | w[1]) | (w[2] | w[3]) | (w[4] | w[5]) | (w[6] | w[7])) {
            while (!*w)
                w++;
            heap_bad_memory(h, (uintptr_t)w - h->delta);
        }
}

static uint64_t clamp(uint64_t addr, uint64_t least, uint64_t most)
{
    return addr < least ? least : addr > most ? most : addr;
}

int heap_pages_take(struct heap *h, uint32_t first, uint32_t n, uint32_t free_first,
                    uint32_t free_n)
{
    const struct pages idle = pages_within(free_first, free_n), all = pages_of(first, n);
    const uint64_t from = unit_addr(first), to = unit_addr(first + n);
    uint32_t end;

    for (uint32_t page = all.first; page < all.end; page = end) {
        end = stretch_end(h, page, all.end);
        if (page_mapped(h, page))
            check_zero(h, clamp(page_addr(page), from, to), clamp(page_addr(end), from, to));
        else if (stretch_map(h, page, end) < 0)
            return -LU_ENOMEM;
    }
    h->idle_pages -= overlap(&idle, &all);
    return 0;
}

void heap_pages_drop(struct heap *h, uint32_t free_first, uint32_t free_n)
{
    const struct pages idle = pages_within(free_first, free_n);
    uint32_t end;

    for (uint32_t page = idle.first; page < idle.end; page = end) {
        end = stretch_end(h, page, idle.end);
        if (page_mapped(h, page))
            stretch_unmap(h, page, end);
    }
}

static void scrub(struct heap *h, uint64_t from, uint64_t to)
{
    if (from < to)
        memset(heap_at(h, from), 0, to - from);
}

static uint32_t idle_limit(const struct heap *h)
{
    uint32_t limit = IDLE_LEAST + h->mapped_pages / IDLE_SHARE;

    return limit < IDLE_MOST ? limit : IDLE_MOST;
}

void heap_pages_give(struct heap *h, uint32_t first, uint32_t n, uint32_t free_first,
                     uint32_t free_n)
{
    const struct pages idle = pages_within(free_first, free_n), all = pages_of(first, n);
    const uint64_t from = unit_addr(first), to = unit_addr(first + n);

    h->idle_pages += overlap(&idle, &all);
    if (h->idle_pages <= idle_limit(h)) {
        scrub(h, from, to);
        return;
    }
    heap_pages_drop(h, free_first, free_n);
    scrub(h, from, clamp(page_addr(idle.first), from, to));
    scrub(h, clamp(page_addr(idle.end), from, to), to);
}
