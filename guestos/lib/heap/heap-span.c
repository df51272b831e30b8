/* SPDX-License-Identifier: MIT
 *
 * Spans and bins: which memory serves which site and size class.  A bin grows by a
 * part of what it has, so that a site with few objects takes little memory.  Spans
 * that became empty are spare for a while: the next bin that needs as many units gets
 * them as they are.
 */
#include "heap-fast.h"

#define GROWTH 6u         /* a new span holds a sixth of its bin's objects */
#define SPAN_MAX 16384u   /* bytes of a span of several objects */
#define WASTE_SHARE 16u   /* of a span's bytes may be no place for an object */
#define WASTE_TRIES 4u    /* units more than needed, to that end */
#define SHORTER_SHARE 16u /* a span so much shorter will do if memory for it is at hand */
#define KEPT_UNITS 2u     /* a site's first span stays if it is no longer */
#define SPARE_LEAST 16u   /* units that any heap may keep in spare spans */
#define SPARE_MOST 2048u
#define SPARE_SHARE 8u /* of what is mapped */

/* --- a bin's list of spans with room --- */

static void list_add(struct heap *h, struct heap_bin *bin, uint32_t index)
{
    struct lu_heap_span *s = heap_span(h, index);

    s->next = bin->partial;
    s->prev = 0;
    s->state |= HEAP_LISTED;
    if (s->next)
        heap_span(h, s->next)->prev = index;
    bin->partial = index;
}

static void list_remove(struct heap *h, struct heap_bin *bin, uint32_t index)
{
    struct lu_heap_span *s = heap_span(h, index);

    if (s->prev)
        heap_span(h, s->prev)->next = s->next;
    else
        bin->partial = s->next;
    if (s->next)
        heap_span(h, s->next)->prev = s->prev;
    s->state &= (uint16_t)~HEAP_LISTED;
}

/* --- spans come and go --- */

/* Length of a bin's next span: what it should hold, and little waste at its end. */
static uint32_t span_units(const struct heap_bin *bin)
{
    uint32_t want = bin->capacity / GROWTH, most = SPAN_MAX / bin->stride, units;

    want = want > most ? most : want;
    want = want > LU_HEAP_SPAN_OBJS ? LU_HEAP_SPAN_OBJS : want;
    if (want <= 1)
        return (bin->stride + LU_HEAP_UNIT - 1) / LU_HEAP_UNIT;
    units = (want * bin->stride + LU_HEAP_UNIT - 1) / LU_HEAP_UNIT;
    for (uint32_t n = units; n < units + WASTE_TRIES; n++)
        if (n * LU_HEAP_UNIT % bin->stride <= n * LU_HEAP_UNIT / WASTE_SHARE)
            return n;
    return units;
}

/* A shorter one rather than more memory, if there is one of some length. */
static uint32_t span_at_hand(const struct heap *h, const struct heap_bin *bin, uint32_t n_units)
{
    uint32_t longest = heap_run_longest(h), n_objs = longest * LU_HEAP_UNIT / bin->stride;

    if (longest >= n_units || longest < n_units / SHORTER_SHARE || !n_objs)
        return n_units;
    return (n_objs * bin->stride + LU_HEAP_UNIT - 1) / LU_HEAP_UNIT;
}

/* Places of a power of two lie at multiples of it, or at least of a page. */
static uint32_t span_align(const struct heap_bin *bin)
{
    if ((bin->stride & (bin->stride - 1)) || bin->stride <= LU_HEAP_UNIT)
        return 1;
    return bin->stride < LU_PAGE_SIZE ? bin->stride / LU_HEAP_UNIT : HEAP_PAGE_UNITS;
}

static uint32_t spare_take(struct heap *h, uint32_t n_units, uint32_t align)
{
    uint32_t index = n_units <= HEAP_SPARE_LISTS ? h->spares[n_units - 1] : 0;

    if (!index || heap_span_unit(heap_span(h, index)) % align)
        return 0;
    h->spares[n_units - 1] = heap_span(h, index)->next;
    h->spare_units -= n_units;
    return index;
}

/* Gives all spare spans back. */
void heap_spares_drop(struct heap *h)
{
    for (uint32_t i = 0; i < HEAP_SPARE_LISTS; i++)
        for (uint32_t index; (index = spare_take(h, i + 1, 1));)
            heap_run_free(h, index);
}

static uint32_t span_new(struct heap *h, struct heap_bin *bin)
{
    uint32_t n_units = span_units(bin), align = span_align(bin), n_objs;
    uint32_t index = spare_take(h, n_units, align);
    struct lu_heap_span *s;

    if (!index)
        index = heap_run_alloc(h, span_at_hand(h, bin, n_units), align);
    if (!index)
        return 0;
    s = heap_span(h, index);
    n_objs = s->n_units * LU_HEAP_UNIT / bin->stride;
    s->stride = bin->stride;
    s->recip = (uint32_t)((0x100000000ull + bin->stride - 1) / bin->stride);
    s->n_objs = (uint16_t)(n_objs < LU_HEAP_SPAN_OBJS ? n_objs : LU_HEAP_SPAN_OBJS);
    s->req = bin->req == HEAP_MIXED ? bin->stride : bin->req;
    s->site = bin->cell;
    s->bin = (uint32_t)((uintptr_t)bin - h->delta);
    s->state = bin->keeps && !bin->capacity && s->n_units <= KEPT_UNITS ? HEAP_KEPT : 0;
    bin->capacity += s->n_objs;
    list_add(h, bin, index);
    return index;
}

static void cache_forget(struct heap_bin *bin, uint32_t index)
{
    uint16_t n = 0;

    for (uint32_t i = 0; i < bin->n; i++)
        if (bin->slots[i] / LU_HEAP_SPAN_OBJS != index)
            bin->slots[n++] = bin->slots[i];
    bin->n = n;
}

static uint32_t spare_limit(const struct heap *h)
{
    uint32_t limit = SPARE_LEAST + h->mapped_pages * HEAP_PAGE_UNITS / SPARE_SHARE;

    return limit < SPARE_MOST ? limit : SPARE_MOST;
}

/* An empty span leaves its bin. */
static void span_release(struct heap *h, uint32_t index)
{
    struct lu_heap_span *s = heap_span(h, index);
    struct heap_bin *bin = heap_at(h, s->bin);

    if (s->state & HEAP_LISTED)
        list_remove(h, bin, index);
    cache_forget(bin, index);
    bin->capacity -= s->n_objs;
    s->n_objs = 0;
    if (s->n_units > HEAP_SPARE_LISTS) {
        heap_run_free(h, index);
        return;
    }
    s->next = h->spares[s->n_units - 1];
    h->spares[s->n_units - 1] = index;
    h->spare_units += s->n_units;
    if (h->spare_units > spare_limit(h))
        heap_spares_drop(h);
}

/* Zeroes what follows the n bytes of a new object, by 16 bytes from the end of its place. */
static void slack_clear(struct heap *h, const struct lu_heap_span *s, uint64_t p, size_t n)
{
    for (uint32_t at = s->stride; at > n; at -= 16) {
        uint64_t *w = heap_at(h, p + at - 16);

        w[0] = w[1] = 0;
    }
}

uint64_t heap_take_mixed(struct heap *h, struct heap_bin *bin, size_t n)
{
    struct lu_heap_span *s = heap_span(h, bin->slots[bin->n - 1] / LU_HEAP_SPAN_OBJS);
    uint64_t p = heap_take(h->delta, bin);

    if (s->req != s->stride)
        heap_span_mixed(h, s);
    slack_clear(h, s, p, n);
    return p;
}

void heap_span_mixed(struct heap *h, struct lu_heap_span *s)
{
    for (uint32_t i = 0; i < s->n_objs; i++)
        memset(heap_at(h, s->base + i * s->stride + s->req), 0, s->stride - s->req);
    s->req = s->stride;
}

/* --- the cache --- */

static uint64_t free_places(const struct lu_heap_span *s, uint32_t w)
{
    uint32_t left = s->n_objs > w * 64 ? s->n_objs - w * 64 : 0;

    return ~s->live[w] & (left >= 64 ? ~0ull : (1ull << left) - 1);
}

/* Caches a span's free places, the lowest to be taken first. */
static void cache_fill(struct heap *h, struct heap_bin *bin, uint32_t index)
{
    const struct lu_heap_span *s = heap_span(h, index);
    uint64_t free[2] = {free_places(s, 0), free_places(s, 1)};
    unsigned n[2] = {(unsigned)__builtin_popcountll(free[0]),
                     (unsigned)__builtin_popcountll(free[1])};
    uint32_t *slot;

    if (n[0] + n[1] <= HEAP_CACHE)
        list_remove(h, bin, index); /* all of its free places are cached now */
    bin->n = (uint16_t)(n[0] + n[1] < HEAP_CACHE ? n[0] + n[1] : HEAP_CACHE);
    slot = bin->slots + bin->n;
    for (uint32_t w = 0; w < 2; w++)
        for (; free[w] && slot > bin->slots; free[w] &= free[w] - 1)
            *--slot = index * LU_HEAP_SPAN_OBJS + w * 64 + (uint32_t)__builtin_ctzll(free[w]);
}

bool heap_refill(struct heap *h, struct heap_bin *bin)
{
    while (!bin->n) {
        uint32_t index = bin->partial ? bin->partial : span_new(h, bin);

        if (!index)
            return false;
        cache_fill(h, bin, index);
    }
    return true;
}

void heap_free_slow(struct heap *h, uint32_t index, uint32_t object)
{
    struct lu_heap_span *s = heap_span(h, index);
    struct heap_bin *bin = heap_at(h, s->bin);

    if (!s->bin) { /* large */
        heap_run_free(h, index);
        return;
    }
    if (bin->n < HEAP_CACHE)
        bin->slots[bin->n++] = index * LU_HEAP_SPAN_OBJS + object;
    else if (!(s->state & HEAP_LISTED))
        list_add(h, bin, index);
    if (heap_span_empty(s) && !(s->state & HEAP_KEPT))
        span_release(h, index);
}

void heap_trim(struct heap *h)
{
    if (!h->ready)
        return;
    for (uint32_t i = 1; i < heap_header(h)->n_spans; i++) {
        const struct lu_heap_span *s = heap_span(h, i);

        if (s->n_objs && heap_span_empty(s))
            span_release(h, i);
    }
    heap_spares_drop(h);
    heap_run_trim(h);
}

/* --- bins --- */

static struct heap_bin *bin_new(struct heap *h, uint64_t cell_addr, uint32_t class, size_t n)
{
    uint64_t p = heap_meta_alloc(h, HEAP_AREA_BINS, sizeof(struct heap_bin));
    struct heap_bin *bin;

    if (!p)
        return NULL;
    bin = heap_at(h, p);
    *bin = (struct heap_bin){
        .req = (uint32_t)n,
        .stride = (uint16_t)heap_class_size(class),
        .least = class ? (uint16_t)heap_class_size(class - 1) : 0,
        .cell = cell_addr,
    };
    return bin;
}

/* Turns a site's single bin into a table of bins by class. */
static bool bin_table(struct heap *h, struct lu_site_cell *cell)
{
    uint64_t p = heap_meta_alloc(h, HEAP_AREA_BINS, sizeof(struct heap_bin_table));
    const struct heap_bin *bin = heap_at(h, cell->bins);

    if (!p)
        return false;
    ((struct heap_bin_table *)heap_at(h, p))->bins[heap_class(bin->stride - 1)] =
        (uint32_t)cell->bins;
    cell->bins = p | HEAP_IS_TABLE;
    return true;
}

struct heap_bin *heap_bin_find(struct heap *h, struct lu_site_cell *cell, uint64_t cell_addr,
                               uint32_t class, size_t n)
{
    struct heap_bin *bin = NULL;
    uint32_t *slot;

    if (!cell->bins) {
        bin = bin_new(h, cell_addr, class, n);
        if (bin)
            bin->keeps = 1;
        cell->bins = bin ? (uintptr_t)bin - h->delta : 0;
        return bin;
    }
    if (!(cell->bins & HEAP_IS_TABLE)) {
        bin = heap_at(h, cell->bins);
        if (bin->stride == heap_class_size(class))
            return bin;
        if (!bin_table(h, cell))
            return NULL;
    }
    slot = &((struct heap_bin_table *)heap_at(h, cell->bins - HEAP_IS_TABLE))->bins[class];
    if (*slot)
        return heap_at(h, *slot);
    bin = bin_new(h, cell_addr, class, n);
    if (bin)
        *slot = (uint32_t)((uintptr_t)bin - h->delta);
    return bin;
}
