/* SPDX-License-Identifier: MIT
 *
 * The allocator against a model of it, and its tables as the state engine reads
 * them: every live object is found in them with its site, and nothing else is.
 */
#include "check.h"

#include <lu/alloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define N_SLOTS 4000u
#define N_CELLS 5u

struct slot {
    uint8_t *p;
    size_t n, align;
    struct lu_site_cell *cell;
    uint8_t fill;
};

static struct slot slots[N_SLOTS];
static struct lu_site_cell cells[N_CELLS];
static uint32_t seed = 1;

static uint32_t rnd(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * below >> 32);
}

static const struct lu_heap *header(void)
{
    return (const void *)(uintptr_t)LU_VA_HEAPMETA;
}

static uint32_t unit_entry(uint32_t unit)
{
    return ((const uint32_t *)(uintptr_t)header()->units)[unit];
}

static const struct lu_heap_span *span_at(uint32_t index)
{
    return (const struct lu_heap_span *)(uintptr_t)header()->spans + index;
}

/* Finds what p points into as a reader of lu/heap.h does; false: no live object. */
static bool lookup(const void *p, const struct lu_heap_span **ret_span, uint32_t *ret_index)
{
    uint64_t unit = ((uintptr_t)p - LU_VA_HEAP) / LU_HEAP_UNIT;
    const struct lu_heap_span *s;
    uint32_t i;

    if (unit >= header()->n_units || !unit_entry((uint32_t)unit) ||
        (unit_entry((uint32_t)unit) & LU_HEAP_FREE))
        return false;
    s = span_at(unit_entry((uint32_t)unit));
    i = (uint32_t)((uintptr_t)p - s->base) / s->stride;
    *ret_span = s;
    *ret_index = i;
    return i < s->n_objs && (s->live[i / 64] >> i % 64 & 1);
}

/* The window is cut into spans and free runs without gaps; no two free runs touch. */
static void check_units(void)
{
    bool was_free = false;

    for (uint32_t unit = 0; unit < header()->n_units;) {
        uint32_t entry = unit_entry(unit), n;
        bool is_free = entry & LU_HEAP_FREE;

        if (!entry || (entry & ~LU_HEAP_FREE) >= header()->n_spans || (is_free && was_free)) {
            CHECK(!"units are a sequence of spans and free runs");
            return;
        }
        n = span_at(entry & ~LU_HEAP_FREE)->n_units;
        CHECK_INT(span_at(entry & ~LU_HEAP_FREE)->base, LU_VA_HEAP + unit * LU_HEAP_UNIT);
        for (uint32_t i = 1; i < n && !is_free; i++)
            if (unit_entry(unit + i) != entry)
                CHECK(!"a span's units name it");
        CHECK_INT(unit_entry(unit + n - 1), entry);
        was_free = is_free;
        unit += n;
        CHECK(unit <= header()->n_units);
    }
}

static void check_slot(const struct slot *s)
{
    const struct lu_heap_span *span;
    uint32_t index;

    CHECK((uintptr_t)s->p % (s->align < 16 ? 16 : s->align) == 0);
    if (!lookup(s->p + rnd((uint32_t)s->n + 1), &span, &index)) {
        CHECK(!"a pointer into an object, or to its end, finds it");
        return;
    }
    CHECK_INT(span->base + index * span->stride, (uintptr_t)s->p);
    CHECK(span->site == (uintptr_t)s->cell);
    CHECK(span->stride > s->n);
    CHECK(span->req >= s->n);
    CHECK(span->req == s->n || span->req == span->stride || s->align > 16);
    for (size_t i = 0; i < s->n; i++) {
        if (s->p[i] != s->fill) {
            CHECK(!"object keeps its content");
            return;
        }
    }
    for (size_t i = s->n; i < span->req && i < span->stride; i++) {
        if (s->p[i]) {
            CHECK(!"what was not asked for is zero");
            return;
        }
    }
}

static size_t random_size(void)
{
    switch (rnd(20)) {
    case 0:
        return 16000 + rnd(60000);
    case 1:
    case 2:
        return 300 + rnd(4000);
    default:
        return rnd(300);
    }
}

static void fill(struct slot *s, size_t n)
{
    s->n = n;
    s->fill = (uint8_t)(1 + rnd(255));
    memset(s->p, s->fill, n);
}

static void slot_alloc(struct slot *s, size_t n)
{
    uint32_t c = rnd(N_CELLS + 1);

    s->cell = c == N_CELLS ? NULL : &cells[c];
    if (s->cell == &cells[0])
        n = 72; /* a site of one type */
    s->align = rnd(8) == 0 ? 1u << rnd(14) : 16;
    if (s->align != 16)
        s->p = lu_heap_aligned_alloc(s->align, n, s->cell);
    else if (rnd(8) == 0)
        s->p = lu_heap_calloc(1, n, s->cell);
    else
        s->p = lu_heap_alloc(n, s->cell);
    CHECK(s->p);
    fill(s, n);
}

static void slot_realloc(struct slot *s, size_t n)
{
    size_t keep = n < s->n ? n : s->n;

    if (rnd(3) == 0)
        s->cell = &cells[1 + rnd(N_CELLS - 1)];
    s->p = lu_heap_realloc(s->p, n, s->cell);
    s->align = 16;
    for (size_t i = 0; i < keep; i++) {
        if (s->p[i] != s->fill) {
            CHECK(!"realloc keeps the content");
            break;
        }
    }
    fill(s, n);
}

static void slot_step(struct slot *s)
{
    size_t n = random_size();

    if (!s->p) {
        slot_alloc(s, n);
    } else if (rnd(4) == 0 && s->cell != &cells[0]) {
        slot_realloc(s, n);
    } else {
        lu_heap_free(s->p);
        s->p = NULL;
    }
}

static void check_nothing_mapped(void)
{
    struct lu_heap_usage usage;

    lu_heap_trim();
    lu_heap_usage(&usage);
    CHECK_INT(usage.live_objs, 0);
    CHECK_INT(usage.mapped_bytes, 0);
    CHECK_INT(header()->n_units, 0);
}

static void test_model(void)
{
    struct lu_heap_usage usage;
    uint64_t live = 0;

    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 8000; i++)
            slot_step(&slots[rnd(N_SLOTS)]);
        for (unsigned i = 0; i < N_SLOTS; i++)
            if (slots[i].p)
                check_slot(&slots[i]);
        check_units();
        if (round % 7 == 3)
            lu_heap_trim();
    }
    for (unsigned i = 0; i < N_SLOTS; i++)
        live += slots[i].p != NULL;
    lu_heap_usage(&usage);
    CHECK_INT(usage.live_objs, live);
    for (unsigned i = 0; i < N_SLOTS; i++) {
        lu_heap_free(slots[i].p);
        slots[i].p = NULL;
    }
    check_units();
    check_nothing_mapped();
}

static bool is_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

static void test_zero(void)
{
    uint8_t *p = lu_heap_calloc(100, 7, &cells[1]), *big, *q;

    CHECK(is_zero(p, 700));
    memset(p, 1, 700);
    lu_heap_free(p);
    p = lu_heap_calloc(100, 7, &cells[1]);
    CHECK(is_zero(p, 700));
    lu_heap_free(p);
    for (int i = 0; i < 3; i++) { /* small enough to stay mapped when it is freed */
        big = lu_heap_calloc(20, 1000, NULL);
        CHECK(is_zero(big, 20000));
        memset(big, 1, 20000);
        lu_heap_free(big);
    }
    p = lu_heap_alloc(0, NULL);
    q = lu_heap_alloc(0, NULL);
    CHECK(p && q && p != q);
    p = lu_heap_realloc(p, 0, NULL);
    CHECK(p && p != q);
    lu_heap_free(p);
    lu_heap_free(q);
    lu_heap_free(NULL);
    check_nothing_mapped();
}

static void test_impossible(void)
{
    void *p = lu_heap_alloc(10, NULL);

    CHECK(lu_heap_calloc(SIZE_MAX / 2, 3, NULL) == NULL);
    CHECK(lu_heap_calloc(SIZE_MAX, 1, NULL) == NULL);
    CHECK(lu_heap_alloc(SIZE_MAX, NULL) == NULL);
    CHECK(lu_heap_alloc((size_t)2 << 30, NULL) == NULL);
    CHECK(lu_heap_realloc(p, SIZE_MAX, NULL) == NULL);
    CHECK(lu_heap_realloc(p, (size_t)2 << 30, NULL) == NULL);
    CHECK(lu_heap_aligned_alloc(24, 8, NULL) == NULL);
    CHECK(lu_heap_aligned_alloc(0, 8, NULL) == NULL);
    CHECK(lu_heap_aligned_alloc((size_t)1 << 40, 8, NULL) == NULL);
    lu_heap_free(p); /* the failures left it alone */
    check_nothing_mapped();
}

static void test_alignment(void)
{
    static void *p[200];

    for (size_t align = 1; align <= 1u << 20; align *= 2) {
        for (unsigned i = 0; i < 200; i++) {
            p[i] = lu_heap_aligned_alloc(align, 1 + rnd(3000), &cells[i % N_CELLS]);
            CHECK(p[i] && (uintptr_t)p[i] % align == 0);
        }
        for (unsigned i = 0; i < 200; i++)
            lu_heap_free(p[i]);
    }
    check_nothing_mapped();
}

static void test_realloc(void)
{
    const struct lu_heap_span *s;
    uint8_t *p = lu_heap_alloc(100, &cells[1]), *q;
    uint32_t i;

    CHECK(lu_heap_realloc(p, 110, &cells[1]) == p); /* the same class of sizes */
    q = lu_heap_realloc(p, 110, &cells[2]);         /* another site's type */
    CHECK(lookup(q, &s, &i) && s->site == (uintptr_t)&cells[2]);
    q = lu_heap_realloc(q, 100000, &cells[2]);
    CHECK(lu_heap_realloc(q, 150000, &cells[2]) == q); /* nothing follows */
    CHECK(lookup(q + 149999, &s, &i) && s->req == 150000 && s->n_objs == 1);
    p = lu_heap_alloc(20000, &cells[2]);
    CHECK(lu_heap_realloc(q, 50000, &cells[2]) == q);
    CHECK(!lookup(q + 60000, &s, &i));                 /* given back */
    CHECK(lu_heap_realloc(q, 120000, &cells[2]) == q); /* and there again */
    q = lu_heap_realloc(q, 400000, &cells[2]);
    CHECK(q && lookup(q + 399999, &s, &i));
    lu_heap_free(p);
    lu_heap_free(q);
    p = lu_heap_realloc(NULL, 30, &cells[3]);
    CHECK(lookup(p, &s, &i) && s->site == (uintptr_t)&cells[3] && s->req >= 30);
    lu_heap_free(p);
    check_nothing_mapped();
}

static void test_outer_site(void)
{
    const struct lu_heap_span *s;
    uint32_t index;
    void *p;

    __lu_site = &cells[3];
    p = lu_heap_alloc(40, NULL);
    CHECK(lookup(p, &s, &index) && s->site == (uintptr_t)&cells[3]);
    lu_heap_free(p);
    p = lu_heap_alloc(40, &cells[4]);
    __lu_site = NULL;
    CHECK(lookup(p, &s, &index) && s->site == (uintptr_t)&cells[4]);
    lu_heap_free(p);
}

/* A pointer to the end of an object is none to the start of its neighbour. */
static void test_ends(void)
{
    static uint8_t *p[64];
    const struct lu_heap_span *s;
    uint32_t index;

    for (size_t n = 1; n < 3000; n += n < 100 ? 1 : 37) {
        for (unsigned i = 0; i < 64; i++)
            p[i] = lu_heap_alloc(n, &cells[2]);
        for (unsigned i = 0; i < 64; i++) {
            CHECK(lookup(p[i] + n, &s, &index));
            CHECK_INT(s->base + index * s->stride, (uintptr_t)p[i]);
        }
        for (unsigned i = 0; i < 64; i++)
            lu_heap_free(p[i]);
    }
}

/* What was used once goes back to the system, without being asked to. */
static void test_returned(void)
{
    static void *p[20000];
    struct lu_heap_usage usage;
    uint64_t peak;

    for (unsigned i = 0; i < 20000; i++)
        p[i] = lu_heap_alloc(1 + rnd(1000), &cells[rnd(N_CELLS)]);
    lu_heap_usage(&usage);
    peak = usage.mapped_bytes;
    CHECK(peak > 10000000);
    for (unsigned i = 0; i < 20000; i++)
        lu_heap_free(p[i]);
    lu_heap_usage(&usage);
    CHECK_INT(usage.live_objs, 0);
    CHECK(usage.mapped_bytes < peak / 4);
    check_nothing_mapped();
}

int main(void)
{
    test_model();
    test_zero();
    test_impossible();
    test_alignment();
    test_realloc();
    test_outer_site();
    test_ends();
    test_returned();
    return CHECK_RESULT();
}
