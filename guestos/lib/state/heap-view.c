/* SPDX-License-Identifier: MIT
 *
 * Reading the tables of a heap that may lie.
 */
#include "heap-view.h"

#include <string.h>

static int bad(struct st_err *err, const char *what, uint64_t where)
{
    return st_err_set(err, -LU_EFORMAT, NULL, "heap tables are corrupt: %s (%#llx)", what,
                      (unsigned long long)where);
}

int heap_view_open(struct heap_view *ret, const struct st_view *view, struct st_err *err)
{
    struct heap_view h = {.view = view, .base = view->heap_base ? view->heap_base : LU_VA_HEAP};
    uint64_t at = view->heap ? view->heap : LU_VA_HEAPMETA;

    if (view->read(view->ctx, at, &h.header, sizeof(h.header)) < 0) {
        memset(&h.header, 0, sizeof(h.header)); /* nothing was ever allocated */
        *ret = h;
        return 0;
    }
    if (h.header.magic != LU_HEAP_MAGIC)
        return bad(err, "magic", at);
    if (h.header.n_pages > LU_HEAP_PAGES)
        return bad(err, "more pages than the window has", h.header.n_pages);
    *ret = h;
    return 0;
}

static int page_read(const struct heap_view *h, uint32_t page, struct lu_heap_page *ret,
                     struct st_err *err)
{
    if (page >= h->header.n_pages)
        return bad(err, "page beyond the table", page);
    if (h->view->read(h->view->ctx, h->header.pages + (uint64_t)page * sizeof(*ret), ret,
                      sizeof(*ret)) < 0)
        return bad(err, "page table is not readable", page);
    return 0;
}

static bool span_ok(const struct heap_view *h, uint32_t page, const struct lu_heap_page *e)
{
    uint64_t bytes = (uint64_t)e->n_pages * LU_PAGE_SIZE;

    if (e->state != LU_PAGE_HEAD || !e->n_pages || e->n_pages > h->header.n_pages - page)
        return false;
    if (e->large)
        return e->req < bytes && e->n_objs == 1;
    return e->obj_size >= 8 && e->n_objs && (uint64_t)e->n_objs * e->obj_size <= bytes &&
           e->req <= e->obj_size && e->bits < h->header.n_bitmap &&
           (e->n_objs + 63u) / 64 <= h->header.n_bitmap - e->bits;
}

int heap_view_span(const struct heap_view *h, uint32_t page, struct heap_view_span *ret,
                   struct st_err *err)
{
    struct lu_heap_page e;
    uint32_t head = page;
    int r = page_read(h, page, &e, err);

    if (r < 0)
        return r;
    if (e.state == LU_PAGE_FREE)
        return 0;
    if (e.state == LU_PAGE_TAIL) {
        if (!e.n_pages || e.n_pages > page)
            return bad(err, "distance to a span's head", page);
        head = page - e.n_pages;
        if ((r = page_read(h, head, &e, err)) < 0)
            return r;
    }
    if (!span_ok(h, head, &e) || page - head >= e.n_pages)
        return bad(err, "span", h->base + (uint64_t)head * LU_PAGE_SIZE);
    *ret = (struct heap_view_span){
        .addr = h->base + (uint64_t)head * LU_PAGE_SIZE,
        .site = e.site,
        .page = head,
        .n_pages = e.n_pages,
        .n_objs = e.n_objs,
        .stride = e.large ? (uint32_t)(e.n_pages * LU_PAGE_SIZE) : e.obj_size,
        .bits = e.bits,
        .req = e.req,
        .large = e.large,
    };
    return 1;
}

int heap_view_live(const struct heap_view *h, const struct heap_view_span *span, uint32_t word,
                   uint64_t *ret_bits, struct st_err *err)
{
    uint32_t left = span->n_objs - word * 64;

    if (span->large) {
        *ret_bits = 1;
        return 0;
    }
    if (h->view->read(h->view->ctx, h->header.bitmap + (uint64_t)(span->bits + word) * 8, ret_bits,
                      sizeof(*ret_bits)) < 0)
        return bad(err, "bitmap is not readable", span->addr);
    if (left < 64)
        *ret_bits &= (1ull << left) - 1;
    return 0;
}
