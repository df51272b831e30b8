/* SPDX-License-Identifier: MIT
 *
 * The recorder: stands in for the server's heap, serves from the host's, and writes
 * what was asked for as a trace (tests/bench/alloc/trace.h).
 */
#include <lu/alloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "../alloc/trace.h"
#include "load.h"

struct object {
    uint64_t slot;
    uint64_t pad; /* what follows is aligned as malloc's */
};

struct lu_site_cell *__lu_site;

static struct trace trace = {.header = {.magic = TRACE_MAGIC}};
static uint32_t events_room;
static struct lu_site_cell *sites[TRACE_MAX_SITES];
static uint32_t free_slots[TRACE_MAX_SLOTS], n_free_slots;

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "lwip-load: %s\n", what);
    exit(1);
}

static uint32_t site_number(struct lu_site_cell *cell)
{
    uint32_t n = trace.header.n_sites;

    for (uint32_t i = 0; i < n; i++)
        if (sites[i] == cell)
            return i;
    if (n == TRACE_MAX_SITES)
        fail("too many sites");
    sites[n] = cell;
    trace.header.n_sites++;
    return n;
}

static uint32_t slot_take(void)
{
    if (n_free_slots > 0)
        return free_slots[--n_free_slots];
    if (trace.header.n_slots == TRACE_MAX_SLOTS)
        fail("too many objects");
    return trace.header.n_slots++;
}

static void event_add(uint32_t slot, uint32_t site, size_t size)
{
    struct trace_event *e;

    if (trace.header.n_events == events_room) {
        events_room = events_room ? events_room * 2 : 1u << 16;
        e = realloc(trace.events, events_room * sizeof(*e));
        if (!e)
            fail("no memory");
        trace.events = e;
    }
    e = &trace.events[trace.header.n_events++];
    e->slot = slot;
    e->site = site;
    e->size = (uint32_t)size;
}

void *lu_heap_alloc(size_t n, struct lu_site_cell *cell)
{
    struct object *o = malloc(sizeof(*o) + n);

    if (!o || n == 0)
        fail("an allocation of nothing, or of too much");
    o->slot = slot_take();
    event_add((uint32_t)o->slot, site_number(cell ? cell : __lu_site), n);
    return o + 1;
}

void *lu_heap_calloc(size_t n, size_t m, struct lu_site_cell *cell)
{
    (void)n;
    (void)m;
    (void)cell;
    fail("lwIP is not expected to call calloc");
}

void lu_heap_free(void *p)
{
    struct object *o = (struct object *)p - 1;

    if (!p)
        return;
    event_add((uint32_t)o->slot, 0, 0);
    free_slots[n_free_slots++] = (uint32_t)o->slot;
    free(o);
}

int load_done(const char *path, const uint64_t *step_ns, uint64_t n_steps)
{
    FILE *f = fopen(path, "wb");
    int ok = f && fwrite(&trace.header, sizeof(trace.header), 1, f) == 1 &&
             fwrite(trace.events, sizeof(*trace.events), trace.header.n_events, f) ==
                 trace.header.n_events;

    (void)step_ns;
    (void)n_steps;
    if (f)
        ok = fclose(f) == 0 && ok;
    if (!ok) {
        fprintf(stderr, "lwip-load: %s cannot be written\n", path);
        return 1;
    }
    printf("%u events, %u objects at most, %u sites\n", trace.header.n_events, trace.header.n_slots,
           trace.header.n_sites);
    return 0;
}
