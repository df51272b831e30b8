/* SPDX-License-Identifier: MIT
 *
 * Spans and bins: which pages serve which site and size class.  A span is
 * current (its bin serves from it), listed (has room) or full (in no list).  A
 * bin keeps one empty span; others go back to the system.
 */
#include "heap-core.h"

static uint32_t record_alloc(struct heap *h)
{
    uint64_t p = h->free_records;

    if (p) {
        h->free_records = ((struct heap_span *)heap_at(h, p))->base;
    } else {
        p = heap_meta_alloc(h, HEAP_AREA_RECORDS, sizeof(struct heap_span));
        if (!p)
            return 0;
        heap_header(h)->n_bitmap = (uint32_t)((p + sizeof(struct heap_span) - HEAP_RECORDS) / 8);
    }
    memset(heap_at(h, p), 0, sizeof(struct heap_span));
    return (uint32_t)((p + offsetof(struct heap_span, map) - HEAP_RECORDS) / 8);
}

static void record_free(struct heap *h, uint32_t bits)
{
    struct heap_span *span = heap_span(h, bits);

    memset(span, 0, sizeof(*span));
    span->base = h->free_records;
    h->free_records = HEAP_RECORDS + (uint64_t)bits * 8 - offsetof(struct heap_span, map);
}

static void list_add(struct heap *h, struct heap_bin *bin, struct heap_span *span, uint32_t bits)
{
    span->next = bin->partial;
    span->prev = 0;
    span->state = HEAP_LISTED;
    if (bin->partial)
        heap_span(h, bin->partial)->prev = bits;
    bin->partial = bits;
}

static void list_remove(struct heap *h, struct heap_bin *bin, struct heap_span *span)
{
    if (span->prev)
        heap_span(h, span->prev)->next = span->next;
    else
        bin->partial = span->next;
    if (span->next)
        heap_span(h, span->next)->prev = span->prev;
    span->next = span->prev = 0;
    span->state = 0;
}

static bool span_is_empty(const struct heap_span *span)
{
    return !(span->map[0] | span->map[1] | span->map[2] | span->map[3]);
}

/* Describes a run of pages as a span of n_objs objects; the record, or NULL. */
static struct heap_span *span_make(struct heap *h, uint32_t page, uint32_t n_pages,
                                   const struct lu_heap_page *head, uint32_t *ret_bits)
{
    uint32_t bits = record_alloc(h);
    struct heap_span *span;

    if (!bits)
        return NULL;
    span = heap_span(h, bits);
    span->base = LU_VA_HEAP + (uint64_t)page * LU_PAGE_SIZE;
    span->recip = (uint32_t)((0x100000000ull + head->obj_size - 1) / head->obj_size);
    span->page = page;
    span->n_objs = head->n_objs;
    *heap_page(h, page) = *head;
    heap_page(h, page)->state = LU_PAGE_HEAD;
    heap_page(h, page)->n_pages = n_pages;
    heap_page(h, page)->bits = bits;
    for (uint32_t i = 1; i < n_pages; i++)
        *heap_page(h, page + i) = (struct lu_heap_page){.state = LU_PAGE_TAIL, .n_pages = i};
    *ret_bits = bits;
    return span;
}

static void span_free(struct heap *h, struct heap_span *span, uint32_t bits)
{
    uint32_t page = span->page, n_pages = heap_page(h, page)->n_pages;

    record_free(h, bits);
    heap_run_free(h, page, n_pages);
}

/* Pages of a bin's next span: few at first, more as the bin proves popular. */
static uint32_t span_pages(const struct heap_bin *bin)
{
    uint32_t want = bin->n_spans < 2 ? 1 : bin->n_spans < 8 ? 4 : HEAP_SPAN_PAGES;
    uint32_t least = (bin->stride + LU_PAGE_SIZE - 1) / LU_PAGE_SIZE;
    uint32_t most = (HEAP_SPAN_OBJS * bin->stride + LU_PAGE_SIZE - 1) / LU_PAGE_SIZE;

    want = want > most ? most : want;
    return want < least ? least : want;
}

static bool span_new(struct heap *h, struct heap_bin *bin, size_t n)
{
    uint32_t n_pages = span_pages(bin), bits;
    uint32_t n_objs = n_pages * LU_PAGE_SIZE / bin->stride;
    struct lu_heap_page head = {.site = bin->cell, .obj_size = bin->stride, .req = n};
    int64_t page = heap_run_alloc(h, n_pages, 1);
    struct heap_span *span;

    if (page < 0)
        return false;
    head.n_objs = (uint16_t)(n_objs < HEAP_SPAN_OBJS ? n_objs : HEAP_SPAN_OBJS);
    span = span_make(h, (uint32_t)page, n_pages, &head, &bits);
    if (!span) {
        heap_run_free(h, (uint32_t)page, n_pages);
        return false;
    }
    span->bin = (uint32_t)((uintptr_t)bin - h->delta);
    bin->n_spans++;
    bin->n_empty++;
    list_add(h, bin, span, bits);
    return true;
}

/* Serves from the first word of the current span that has a free object. */
static bool bin_serve(struct heap *h, struct heap_bin *bin)
{
    struct heap_span *span = heap_span(h, bin->current);

    for (uint32_t w = 0; w * 64 < span->n_objs; w++) {
        uint32_t left = span->n_objs - w * 64;
        uint64_t valid = left >= 64 ? ~0ull : (1ull << left) - 1;

        bin->free = ~span->map[w] & valid;
        if (bin->free) {
            bin->word = (uintptr_t)&span->map[w] - h->delta;
            bin->base = span->base + (uint64_t)w * 64 * bin->stride;
            return true;
        }
    }
    bin->word = 0;
    return false;
}

bool heap_refill(struct heap *h, struct heap_bin *bin, size_t n)
{
    struct heap_span *span;

    if (bin->current) {
        if (bin_serve(h, bin))
            return true;
        heap_span(h, bin->current)->state = 0;
        bin->current = 0;
    }
    if (!bin->partial && !span_new(h, bin, n))
        return false;
    bin->current = bin->partial;
    span = heap_span(h, bin->current);
    if (span_is_empty(span)) {
        bin->n_empty--;
        heap_page(h, span->page)->req = n; /* nobody is left who asked for something else */
    }
    list_remove(h, bin, span);
    span->state = HEAP_CURRENT;
    bin->req = (uint32_t)heap_page(h, span->page)->req;
    if (bin->req == bin->stride)
        bin->req = 0;
    return bin_serve(h, bin);
}

void heap_bin_mixed(struct heap *h, struct heap_bin *bin)
{
    heap_page(h, heap_span(h, bin->current)->page)->req = bin->stride;
    bin->req = 0;
}

void heap_span_roomy(struct heap *h, struct heap_span *span, uint32_t bits)
{
    struct heap_bin *bin = heap_at(h, span->bin);

    if (!span->state)
        list_add(h, bin, span, bits);
    if (!span_is_empty(span))
        return;
    if (bin->n_empty) {
        list_remove(h, bin, span);
        bin->n_spans--;
        span_free(h, span, bits);
    } else {
        bin->n_empty++;
    }
}

static struct heap_bin *bin_new(struct heap *h, uint64_t cell_addr, uint32_t class)
{
    uint64_t p = heap_meta_alloc(h, HEAP_AREA_BINS, (sizeof(struct heap_bin) + 15) & ~15u);
    struct heap_bin *bin;

    if (!p)
        return NULL;
    bin = heap_at(h, p);
    *bin = (struct heap_bin){.stride = heap_class_size(class), .class = class, .cell = cell_addr};
    return bin;
}

/* Turns a site's single bin into a table of bins by class. */
static bool bin_table(struct heap *h, struct lu_site_cell *cell)
{
    uint64_t p = heap_meta_alloc(h, HEAP_AREA_BINS, sizeof(struct heap_bin_table));
    struct heap_bin_table *table;

    if (!p)
        return false;
    table = heap_at(h, p);
    table->bins[((struct heap_bin *)heap_at(h, cell->bins))->class] = cell->bins;
    cell->bins = p | HEAP_IS_TABLE;
    return true;
}

struct heap_bin *heap_bin_find(struct heap *h, struct lu_site_cell *cell, uint64_t cell_addr,
                               uint32_t class)
{
    uint64_t *slot = &cell->bins;
    struct heap_bin *bin;

    if (*slot && !(*slot & HEAP_IS_TABLE)) {
        bin = heap_at(h, *slot);
        if (bin->class == class)
            return bin;
        if (!bin_table(h, cell))
            return NULL;
    }
    if (*slot)
        slot = &((struct heap_bin_table *)heap_at(h, *slot - HEAP_IS_TABLE))->bins[class];
    if (*slot)
        return heap_at(h, *slot);
    bin = bin_new(h, cell_addr, class);
    if (bin)
        *slot = (uintptr_t)bin - h->delta;
    return bin;
}

uint64_t heap_large_alloc(struct heap *h, size_t n, size_t align, uint64_t cell_addr)
{
    uint64_t pages = n / LU_PAGE_SIZE + 1;
    uint32_t by = align > LU_PAGE_SIZE ? (uint32_t)(align / LU_PAGE_SIZE) : 1, bits;
    struct lu_heap_page head = {.large = 1, .n_objs = 1, .site = cell_addr, .req = n};
    struct heap_span *span;
    int64_t page;

    if (n >= LU_VA_HEAP_END - LU_VA_HEAP)
        return 0;
    page = heap_run_alloc(h, (uint32_t)pages, by);
    if (page < 0)
        return 0;
    head.obj_size = (uint32_t)(pages * LU_PAGE_SIZE);
    span = span_make(h, (uint32_t)page, (uint32_t)pages, &head, &bits);
    if (!span) {
        heap_run_free(h, (uint32_t)page, (uint32_t)pages);
        return 0;
    }
    span->map[0] = 1;
    return span->base;
}

void heap_large_free(struct heap *h, struct heap_span *span, uint32_t bits)
{
    span_free(h, span, bits);
}

/* Gives a bin's empty spans back. */
static void bin_trim(struct heap *h, struct heap_bin *bin)
{
    struct heap_span *span;
    uint32_t next;

    if (bin->current && span_is_empty(heap_span(h, bin->current))) {
        list_add(h, bin, heap_span(h, bin->current), bin->current);
        bin->n_empty++;
        bin->current = 0;
        bin->free = 0;
        bin->word = 0;
    }
    for (uint32_t bits = bin->partial; bits; bits = next) {
        span = heap_span(h, bits);
        next = span->next;
        if (span_is_empty(span)) {
            list_remove(h, bin, span);
            bin->n_spans--;
            bin->n_empty--;
            span_free(h, span, bits);
        }
    }
}

void heap_trim(struct heap *h)
{
    uint32_t page = 0;

    while (h->ready && page < heap_header(h)->n_pages) {
        struct lu_heap_page e = *heap_page(h, page);

        page += e.state == LU_PAGE_HEAD ? e.n_pages : 1;
        if (e.state == LU_PAGE_HEAD && !e.large)
            bin_trim(h, heap_at(h, heap_span(h, e.bits)->bin));
    }
}
