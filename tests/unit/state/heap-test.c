/* SPDX-License-Identifier: MIT
 *
 * The allocator against a model of it, and its tables as the state engine reads
 * them: every live object is found in the page table with its site, and nothing
 * else is.
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
    size_t n;
    struct lu_site_cell *cell;
    uint8_t fill;
    bool aligned; /* such an object asks for its whole class */
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

/* Finds p as a reader of lu/heap.h does. */
static bool lookup(const void *p, const struct lu_heap_page **ret_page, uint32_t *ret_index)
{
    uint64_t at = (uintptr_t)p - LU_VA_HEAP, page = at / LU_PAGE_SIZE;
    const struct lu_heap_page *e = (const struct lu_heap_page *)(uintptr_t)header()->pages + page;
    const uint64_t *bitmap = (const uint64_t *)(uintptr_t)header()->bitmap;
    uint64_t base;

    if (page >= header()->n_pages || e->state == LU_PAGE_FREE)
        return false;
    if (e->state == LU_PAGE_TAIL) {
        page -= e->n_pages;
        e -= e->n_pages;
    }
    base = page * LU_PAGE_SIZE;
    *ret_page = e;
    *ret_index = e->large ? 0 : (uint32_t)((at - base) / e->obj_size);
    return bitmap[e->bits + *ret_index / 64] >> *ret_index % 64 & 1;
}

static void check_slot(const struct slot *s)
{
    const struct lu_heap_page *e;
    uint32_t index;

    CHECK((uintptr_t)s->p % 16 == 0);
    if (!lookup(s->p, &e, &index)) {
        CHECK(!"object is in the page table");
        return;
    }
    CHECK(e->site == (uintptr_t)s->cell);
    CHECK(e->obj_size > s->n);
    CHECK(e->req == s->n || (!e->large && e->req == e->obj_size) || s->aligned);
    for (size_t i = 0; i < s->n; i++) {
        if (s->p[i] != s->fill) {
            CHECK(!"object keeps its content");
            return;
        }
    }
    for (size_t i = s->n; i < e->obj_size; i++) {
        if (s->p[i]) {
            CHECK(!"slack is zero");
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
        return 1 + rnd(300);
    }
}

static void fill(struct slot *s, size_t n)
{
    s->n = n;
    s->fill = (uint8_t)(1 + rnd(255));
    memset(s->p, s->fill, n);
}

static void slot_step(struct slot *s)
{
    size_t n = random_size();

    if (!s->p) {
        uint32_t c = rnd(N_CELLS + 1);
        s->cell = c == N_CELLS ? NULL : &cells[c];
        if (s->cell == &cells[0])
            n = 72; /* a site of one type */
        s->aligned = rnd(8) == 0;
        s->p = s->aligned ? lu_heap_aligned_alloc(1u << rnd(14), n, s->cell)
                          : lu_heap_alloc(n, s->cell);
        CHECK(s->p);
        fill(s, n);
    } else if (rnd(4) == 0 && s->cell != &cells[0]) {
        size_t keep = n < s->n ? n : s->n;
        s->p = lu_heap_realloc(s->p, n, s->cell);
        for (size_t i = 0; i < keep; i++) {
            if (s->p[i] != s->fill) {
                CHECK(!"realloc keeps the content");
                break;
            }
        }
        fill(s, n);
    } else {
        lu_heap_free(s->p);
        s->p = NULL;
    }
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
    }
    for (unsigned i = 0; i < N_SLOTS; i++)
        live += slots[i].p != NULL;
    lu_heap_usage(&usage);
    CHECK_INT(usage.live_objs, live);
    for (unsigned i = 0; i < N_SLOTS; i++) {
        lu_heap_free(slots[i].p);
        slots[i].p = NULL;
    }
    lu_heap_trim();
    lu_heap_usage(&usage);
    CHECK_INT(usage.live_objs, 0);
    CHECK_INT(usage.mapped_bytes, 0);
    CHECK_INT(header()->n_pages, 0);
}

static void test_zero(void)
{
    uint8_t *p = lu_heap_calloc(100, 7, &cells[1]), *big;
    size_t sum = 0;

    for (int i = 0; i < 700; i++)
        sum += p[i];
    CHECK_INT(sum, 0);
    lu_heap_free(p);
    big = lu_heap_calloc(1000, 1000, NULL);
    memset(big, 1, 1000000);
    lu_heap_free(big);
    big = lu_heap_calloc(1000, 1000, NULL);
    for (int i = 0; i < 1000000; i++)
        sum += big[i];
    CHECK_INT(sum, 0);
    lu_heap_free(big);
    CHECK(lu_heap_alloc(0, NULL) != NULL);
    CHECK(lu_heap_calloc(SIZE_MAX / 2, 3, NULL) == NULL);
    CHECK(lu_heap_alloc(SIZE_MAX, NULL) == NULL);
    CHECK(lu_heap_alloc((size_t)2 << 30, NULL) == NULL);
    CHECK(lu_heap_aligned_alloc(24, 8, NULL) == NULL);
    lu_heap_free(NULL);
}

static void test_outer_site(void)
{
    const struct lu_heap_page *e;
    uint32_t index;
    void *p;

    __lu_site = &cells[3];
    p = lu_heap_alloc(40, NULL);
    CHECK(lookup(p, &e, &index));
    CHECK(e->site == (uintptr_t)&cells[3]);
    lu_heap_free(p);
    p = lu_heap_alloc(40, &cells[4]);
    __lu_site = NULL;
    CHECK(lookup(p, &e, &index));
    CHECK(e->site == (uintptr_t)&cells[4]);
    lu_heap_free(p);
}

int main(void)
{
    test_model();
    test_zero();
    test_outer_site();
    return CHECK_RESULT();
}
