/* SPDX-License-Identifier: MIT
 *
 * Runs of units.  A free run has a record of its own; units[] names
 * it, with LU_HEAP_FREE, at the run's first and last unit, so that neighbours are
 * found and merged in constant time.  Free runs are in lists by length.
 */
#include "heap-core.h"

#define EXACT_LISTS 31u /* list i: runs of i + 1 units; then by log2 */

static const uint64_t area_start[HEAP_AREAS] = {HEAP_BINS, HEAP_UNITS, HEAP_MAPPED, HEAP_SPANS};
static const uint64_t area_end[HEAP_AREAS] = {HEAP_BINS_END, HEAP_UNITS_END, HEAP_MAPPED_END,
                                              HEAP_SPANS_END};

/* --- tables --- */

void heap_idle_drop(struct heap *h)
{
    for (unsigned list = 0; list < HEAP_RUN_LISTS; list++)
        for (uint32_t index = h->runs[list]; index; index = heap_span(h, index)->next)
            heap_pages_drop(h, heap_span_unit(heap_span(h, index)), heap_span(h, index)->n_units);
}

int heap_map(struct heap *h, uint64_t addr, uint64_t len)
{
    int ret = h->os->map(h->ctx, addr, len);

    if (ret == 0 || !h->idle_pages)
        return ret;
    heap_idle_drop(h);
    return h->os->map(h->ctx, addr, len);
}

static int area_grow(struct heap *h, enum heap_area area, uint64_t end)
{
    uint64_t upto = (end + LU_PAGE_SIZE - 1) & ~(uint64_t)(LU_PAGE_SIZE - 1);

    if (end > area_end[area])
        return -LU_ENOMEM;
    if (upto > h->mapped[area]) {
        int ret = heap_map(h, h->mapped[area], upto - h->mapped[area]);
        if (ret < 0)
            return ret;
        h->mapped[area] = upto;
    }
    if (end > h->used[area])
        h->used[area] = end;
    return 0;
}

int heap_init(struct heap *h)
{
    int ret;

    for (int i = 0; i < HEAP_AREAS; i++)
        h->used[i] = h->mapped[i] = area_start[i];
    h->mapped[HEAP_AREA_BINS] = LU_VA_HEAPMETA; /* the header's page is the bins' first one */
    ret = area_grow(h, HEAP_AREA_BINS, HEAP_BINS);
    if (ret == 0)
        ret = area_grow(h, HEAP_AREA_SPANS, HEAP_SPANS + sizeof(struct lu_heap_span));
    if (ret < 0)
        return ret;
    *heap_header(h) = (struct lu_heap){
        .magic = LU_HEAP_MAGIC,
        .units = HEAP_UNITS,
        .spans = HEAP_SPANS,
        .n_spans = 1,
    };
    h->ready = true;
    return 0;
}

uint64_t heap_meta_alloc(struct heap *h, enum heap_area area, uint32_t size)
{
    uint64_t p = h->used[area];

    return area_grow(h, area, p + size) < 0 ? 0 : p;
}

static uint32_t record_new(struct heap *h)
{
    uint32_t index = h->free_record;

    if (index) {
        h->free_record = heap_span(h, index)->next;
        *heap_span(h, index) = (struct lu_heap_span){0};
        return index;
    }
    if (!heap_meta_alloc(h, HEAP_AREA_SPANS, sizeof(struct lu_heap_span)))
        return 0;
    return heap_header(h)->n_spans++;
}

static void record_drop(struct heap *h, uint32_t index)
{
    *heap_span(h, index) = (struct lu_heap_span){.next = h->free_record};
    h->free_record = index;
}

/* --- free runs --- */

static unsigned run_list(uint32_t n)
{
    return n <= EXACT_LISTS ? n - 1 : EXACT_LISTS - 5 + (31 - (unsigned)__builtin_clz(n));
}

static void run_list_add(struct heap *h, uint32_t index)
{
    struct lu_heap_span *s = heap_span(h, index);
    unsigned list = run_list(s->n_units);

    s->prev = 0;
    s->next = h->runs[list];
    if (s->next)
        heap_span(h, s->next)->prev = index;
    h->runs[list] = index;
    h->run_lists |= 1ull << list;
}

static void run_list_remove(struct heap *h, const struct lu_heap_span *s)
{
    unsigned list = run_list(s->n_units);

    if (s->prev)
        heap_span(h, s->prev)->next = s->next;
    else
        h->runs[list] = s->next;
    if (s->next)
        heap_span(h, s->next)->prev = s->prev;
    if (!h->runs[list])
        h->run_lists &= ~(1ull << list);
}

/* [first, first + n) is a free run from now on, described by record `index`. */
static void run_set(struct heap *h, uint32_t index, uint32_t first, uint32_t n)
{
    *heap_span(h, index) =
        (struct lu_heap_span){.base = (uint32_t)LU_VA_HEAP + first * LU_HEAP_UNIT, .n_units = n};
    *heap_unit(h, first) = *heap_unit(h, first + n - 1) = index | LU_HEAP_FREE;
    run_list_add(h, index);
}

static void run_unset(struct heap *h, uint32_t index)
{
    const struct lu_heap_span *s = heap_span(h, index);
    uint32_t first = heap_span_unit(s);

    run_list_remove(h, s);
    *heap_unit(h, first) = *heap_unit(h, first + s->n_units - 1) = 0;
}

/* Record of the free run that unit `unit` ends or starts, or 0. */
static uint32_t run_at(const struct heap *h, uint32_t unit)
{
    uint32_t entry = unit < h->n_units ? *heap_unit(h, unit) : 0;

    return entry & LU_HEAP_FREE ? entry & ~LU_HEAP_FREE : 0;
}

static uint32_t align_up(uint32_t n, uint32_t align)
{
    return (n + align - 1) / align * align;
}

static bool run_fits(const struct lu_heap_span *s, uint32_t n, uint32_t align)
{
    uint32_t first = heap_span_unit(s);

    return align_up(first, align) + n <= first + s->n_units;
}

/* A free run that holds n units at a multiple of align: its record, or 0. */
static uint32_t run_search(const struct heap *h, uint32_t n, uint32_t align)
{
    uint64_t lists = h->run_lists >> run_list(n) << run_list(n);

    for (; lists; lists &= lists - 1)
        for (uint32_t index = h->runs[__builtin_ctzll(lists)]; index;
             index = heap_span(h, index)->next)
            if (run_fits(heap_span(h, index), n, align))
                return index;
    return 0;
}

/* Makes the window longer, by whole pages, so that its last free run holds n units at a multiple
 * of align: that run's record, or 0. */
static uint32_t run_extend(struct heap *h, uint32_t n, uint32_t align)
{
    struct lu_heap *header = heap_header(h);
    uint32_t index = h->n_units ? run_at(h, h->n_units - 1) : 0;
    uint32_t first = index ? heap_span_unit(heap_span(h, index)) : h->n_units;
    uint32_t end = align_up(first, align);

    if (end > LU_HEAP_UNITS || n > LU_HEAP_UNITS - end)
        return 0;
    end = align_up(end + n, HEAP_PAGE_UNITS);
    if (area_grow(h, HEAP_AREA_UNITS, HEAP_UNITS + (uint64_t)end * sizeof(uint32_t)) < 0 ||
        area_grow(h, HEAP_AREA_MAPPED, HEAP_MAPPED + end / (HEAP_PAGE_UNITS * 8) + 8) < 0)
        return 0;
    if (index)
        run_unset(h, index);
    else
        index = record_new(h);
    if (!index)
        return 0;
    h->n_units = header->n_units = end;
    run_set(h, index, first, end - first);
    return index;
}

/* Cuts [first, first + n) out of a free run: its record, or 0. */
static uint32_t run_carve(struct heap *h, uint32_t run, uint32_t first, uint32_t n)
{
    uint32_t start = heap_span_unit(heap_span(h, run)), end = start + heap_span(h, run)->n_units;
    uint32_t rest = first + n < end ? record_new(h) : 0;
    uint32_t taken = start < first ? record_new(h) : run;

    if ((first + n < end && !rest) || !taken) {
        if (rest)
            record_drop(h, rest);
        return 0;
    }
    run_unset(h, run);
    if (start < first)
        run_set(h, run, start, first - start);
    if (rest)
        run_set(h, rest, first + n, end - first - n);
    *heap_span(h, taken) =
        (struct lu_heap_span){.base = (uint32_t)LU_VA_HEAP + first * LU_HEAP_UNIT, .n_units = n};
    return taken;
}

/* Merges what a record describes with its free neighbours, as one free run. */
static void run_merge(struct heap *h, uint32_t index, uint32_t *ret_first, uint32_t *ret_n)
{
    uint32_t first = heap_span_unit(heap_span(h, index)), n = heap_span(h, index)->n_units;
    uint32_t before = run_at(h, first - 1), after = run_at(h, first + n);

    if (before) {
        first = heap_span_unit(heap_span(h, before));
        n += heap_span(h, before)->n_units;
        run_unset(h, before);
        record_drop(h, before);
    }
    if (after) {
        n += heap_span(h, after)->n_units;
        run_unset(h, after);
        record_drop(h, after);
    }
    run_set(h, index, first, n);
    *ret_first = first;
    *ret_n = n;
}

static void units_fill(struct heap *h, uint32_t first, uint32_t n, uint32_t entry)
{
    uint32_t *unit = heap_unit(h, first);

    for (uint32_t i = 0; i < n; i++)
        unit[i] = entry;
}

/* Carves, and sees to the memory. */
static uint32_t run_take(struct heap *h, uint32_t run, uint32_t first, uint32_t n)
{
    uint32_t start = heap_span_unit(heap_span(h, run)), len = heap_span(h, run)->n_units;
    uint32_t taken = run_carve(h, run, first, n);

    if (!taken)
        return 0;
    if (heap_pages_take(h, first, n, start, len) < 0) {
        run_merge(h, taken, &start, &len);
        return 0;
    }
    units_fill(h, first, n, taken);
    return taken;
}

uint32_t heap_run_longest(const struct heap *h)
{
    return h->run_lists ? heap_span(h, h->runs[63 - __builtin_clzll(h->run_lists)])->n_units : 0;
}

static uint32_t run_alloc(struct heap *h, uint32_t n_units, uint32_t align, bool may_extend)
{
    uint32_t run = run_search(h, n_units, align);

    if (!run && may_extend)
        run = run_extend(h, n_units, align);
    if (!run)
        return 0;
    return run_take(h, run, align_up(heap_span_unit(heap_span(h, run)), align), n_units);
}

uint32_t heap_run_alloc(struct heap *h, uint32_t n_units, uint32_t align)
{
    uint32_t taken = run_alloc(h, n_units, align, !h->spare_units);

    if (taken || !h->spare_units)
        return taken;
    heap_spares_drop(h); /* rather than more memory */
    return run_alloc(h, n_units, align, true);
}

void heap_run_free(struct heap *h, uint32_t index)
{
    uint32_t first = heap_span_unit(heap_span(h, index)), n = heap_span(h, index)->n_units;
    uint32_t free_first, free_n;

    units_fill(h, first, n, 0);
    run_merge(h, index, &free_first, &free_n);
    heap_pages_give(h, first, n, free_first, free_n);
}

static void run_shrink(struct heap *h, uint32_t index, uint32_t n_units)
{
    struct lu_heap_span *s = heap_span(h, index);
    uint32_t tail = record_new(h);

    if (!tail)
        return; /* it may as well stay as long as it is */
    *heap_span(h, tail) = (struct lu_heap_span){.base = s->base + n_units * LU_HEAP_UNIT,
                                                .n_units = s->n_units - n_units};
    s->n_units = n_units;
    heap_run_free(h, tail);
}

static bool run_grow(struct heap *h, uint32_t index, uint32_t n_units)
{
    struct lu_heap_span *s = heap_span(h, index);
    uint32_t end = heap_span_unit(s) + s->n_units, more = n_units - s->n_units;
    uint32_t run = run_at(h, end), taken;
    uint32_t run_end = run ? end + heap_span(h, run)->n_units : end;

    if (run_end - end < more && run_end == h->n_units)
        run = run_extend(h, more, 1);
    if (!run || heap_span(h, run)->n_units < more)
        return false;
    taken = run_take(h, run, end, more);
    if (!taken)
        return false;
    record_drop(h, taken);
    units_fill(h, end, more, index);
    s->n_units = n_units;
    return true;
}

bool heap_run_resize(struct heap *h, uint32_t index, uint32_t n_units)
{
    uint32_t now = heap_span(h, index)->n_units;

    if (n_units > now)
        return run_grow(h, index, n_units);
    if (n_units < now)
        run_shrink(h, index, n_units);
    return true;
}

void heap_run_trim(struct heap *h)
{
    struct lu_heap *header = heap_header(h);
    uint32_t last = h->n_units ? run_at(h, h->n_units - 1) : 0, first, keep;

    heap_idle_drop(h);
    if (!last)
        return;
    first = heap_span_unit(heap_span(h, last));
    keep = align_up(first, HEAP_PAGE_UNITS);
    run_unset(h, last);
    if (keep > first)
        run_set(h, last, first, keep - first);
    else
        record_drop(h, last);
    h->n_units = header->n_units = keep;
}
