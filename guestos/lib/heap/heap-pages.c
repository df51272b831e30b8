/* SPDX-License-Identifier: MIT
 *
 * Page runs of the heap window and the growth of the tables.  A free run's first
 * and last page entries hold its length in n_pages, and the first one links it
 * into the list of its size (site = previous, req = next, as page + 1).  Free
 * pages are unmapped.  Runs at the end of the used window shrink the window.
 */
#include "heap-core.h"

static const uint64_t area_start[HEAP_AREAS] = {HEAP_TABLE, HEAP_RECORDS, HEAP_BINS};
static const uint64_t area_end[HEAP_AREAS] = {HEAP_RECORDS, HEAP_RECORDS_END, HEAP_BINS_END};

_Noreturn void heap_die(struct heap *h, const char *why, uint64_t addr)
{
    h->os->die(h->ctx, why, addr);
    __builtin_trap();
}

static int area_grow(struct heap *h, enum heap_area area, uint64_t end)
{
    uint64_t upto = (end + LU_PAGE_SIZE - 1) & ~(uint64_t)(LU_PAGE_SIZE - 1);

    if (end > area_end[area])
        return -LU_ENOMEM;
    if (upto > h->mapped[area]) {
        int ret = h->os->map(h->ctx, h->mapped[area], upto - h->mapped[area]);
        if (ret < 0)
            return ret;
        h->mapped[area] = upto;
    }
    h->used[area] = end;
    return 0;
}

int heap_init(struct heap *h)
{
    int ret = h->os->map(h->ctx, LU_VA_HEAPMETA, LU_PAGE_SIZE);

    if (ret < 0)
        return ret;
    for (int i = 0; i < HEAP_AREAS; i++)
        h->used[i] = h->mapped[i] = area_start[i];
    h->used[HEAP_AREA_RECORDS] = HEAP_RECORDS;
    *heap_header(h) = (struct lu_heap){
        .magic = LU_HEAP_MAGIC,
        .pages = HEAP_TABLE,
        .bitmap = HEAP_RECORDS,
    };
    h->ready = true;
    return 0;
}

uint64_t heap_meta_alloc(struct heap *h, enum heap_area area, uint32_t size)
{
    uint64_t p = h->used[area];

    if (area_grow(h, area, p + size) < 0)
        return 0;
    return p;
}

static unsigned run_list(uint32_t n_pages)
{
    unsigned log = 31 - (unsigned)__builtin_clz(n_pages);

    return log < HEAP_RUN_LISTS ? log : HEAP_RUN_LISTS - 1;
}

static void run_link(struct heap *h, uint32_t page, uint32_t n_pages)
{
    struct lu_heap_page *e = heap_page(h, page);
    uint32_t *list = &h->runs[run_list(n_pages)];

    *e = (struct lu_heap_page){.n_pages = n_pages, .req = *list};
    if (n_pages > 1)
        *heap_page(h, page + n_pages - 1) = (struct lu_heap_page){.n_pages = n_pages};
    if (*list)
        heap_page(h, *list - 1)->site = page + 1;
    *list = page + 1;
}

static void run_unlink(struct heap *h, uint32_t page)
{
    struct lu_heap_page *e = heap_page(h, page);
    uint32_t n_pages = e->n_pages;

    if (e->site)
        heap_page(h, (uint32_t)e->site - 1)->req = e->req;
    else
        h->runs[run_list(n_pages)] = (uint32_t)e->req;
    if (e->req)
        heap_page(h, (uint32_t)e->req - 1)->site = e->site;
    *heap_page(h, page + n_pages - 1) = (struct lu_heap_page){0};
    *e = (struct lu_heap_page){0};
}

/* Takes [page, page + n) out of the free run that starts at `run`. */
static void run_carve(struct heap *h, uint32_t run, uint32_t page, uint32_t n)
{
    uint32_t end = run + heap_page(h, run)->n_pages;

    run_unlink(h, run);
    if (page > run)
        run_link(h, run, page - run);
    if (end > page + n)
        run_link(h, page + n, end - page - n);
}

static bool run_search(struct heap *h, uint32_t n, uint32_t align, uint32_t *ret_page)
{
    for (unsigned list = run_list(n); list < HEAP_RUN_LISTS; list++) {
        for (uint32_t run = h->runs[list]; run; run = (uint32_t)heap_page(h, run - 1)->req) {
            uint32_t first = (run - 1 + align - 1) / align * align;
            if (first + n <= run - 1 + heap_page(h, run - 1)->n_pages) {
                run_carve(h, run - 1, first, n);
                *ret_page = first;
                return true;
            }
        }
    }
    return false;
}

/* Extends the used window by a run; what alignment skips becomes a free run. */
static bool run_extend(struct heap *h, uint32_t n, uint32_t align, uint32_t *ret_page)
{
    struct lu_heap *header = heap_header(h);
    uint32_t top = header->n_pages, first = (top + align - 1) / align * align;

    if (first > LU_HEAP_PAGES || n > LU_HEAP_PAGES - first)
        return false;
    if (area_grow(h, HEAP_AREA_TABLE,
                  HEAP_TABLE + (uint64_t)(first + n) * sizeof(struct lu_heap_page)) < 0)
        return false;
    header->n_pages = first + n;
    if (first > top)
        run_link(h, top, first - top);
    *ret_page = first;
    return true;
}

int64_t heap_run_alloc(struct heap *h, uint32_t n_pages, uint32_t align)
{
    uint32_t page;

    if (!run_search(h, n_pages, align, &page) && !run_extend(h, n_pages, align, &page))
        return -1;
    if (h->os->map(h->ctx, LU_VA_HEAP + (uint64_t)page * LU_PAGE_SIZE,
                   (uint64_t)n_pages * LU_PAGE_SIZE) < 0) {
        run_link(h, page, n_pages);
        return -1;
    }
    h->mapped_pages += n_pages;
    return page;
}

void heap_run_free(struct heap *h, uint32_t page, uint32_t n_pages)
{
    struct lu_heap *header = heap_header(h);
    struct lu_heap_page *next;

    h->os->unmap(h->ctx, LU_VA_HEAP + (uint64_t)page * LU_PAGE_SIZE,
                 (uint64_t)n_pages * LU_PAGE_SIZE);
    h->mapped_pages -= n_pages;
    memset(heap_page(h, page), 0, n_pages * sizeof(struct lu_heap_page));
    if (page > 0 && heap_page(h, page - 1)->state == LU_PAGE_FREE) {
        uint32_t before = heap_page(h, page - 1)->n_pages;
        run_unlink(h, page - before);
        page -= before;
        n_pages += before;
    }
    next = heap_page(h, page + n_pages);
    if (page + n_pages < header->n_pages && next->state == LU_PAGE_FREE) {
        uint32_t after = next->n_pages;
        run_unlink(h, page + n_pages);
        n_pages += after;
    }
    if (page + n_pages == header->n_pages)
        header->n_pages = page;
    else
        run_link(h, page, n_pages);
}
