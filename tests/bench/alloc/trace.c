/* SPDX-License-Identifier: MIT
 *
 * Reading a trace, and making one up.
 */
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_SLOTS 8192u
#define RANDOM_SITES 40u

static int bad(const char *path, const char *what)
{
    fprintf(stderr, "%s: %s\n", path, what);
    return -1;
}

/* Every object is allocated before it is freed, and freed once. */
static int check_events(const char *path, const struct trace *t)
{
    uint8_t *live = calloc(t->header.n_slots, 1);
    int ret = 0;

    for (uint32_t i = 0; i < t->header.n_events && ret == 0; i++) {
        const struct trace_event *e = &t->events[i];

        if (e->slot >= t->header.n_slots || e->site >= t->header.n_sites)
            ret = bad(path, "an event's slot or site is out of range");
        else if (live[e->slot] == (e->size != 0))
            ret = bad(path, "an object is allocated twice, or freed without being there");
        else
            live[e->slot] = e->size != 0;
    }
    free(live);
    return ret;
}

int trace_read(const char *path, struct trace *ret)
{
    struct trace t = {0};
    FILE *f = fopen(path, "rb");
    size_t n;
    int r;

    if (!f)
        return bad(path, "cannot be opened");
    n = fread(&t.header, sizeof(t.header), 1, f);
    if (n != 1 || t.header.magic != TRACE_MAGIC || t.header.n_slots > TRACE_MAX_SLOTS ||
        t.header.n_sites > TRACE_MAX_SITES) {
        fclose(f);
        return bad(path, "is no allocation trace");
    }
    t.events = calloc(t.header.n_events, sizeof(*t.events));
    n = t.events ? fread(t.events, sizeof(*t.events), t.header.n_events, f) : 0;
    fclose(f);
    r = n == t.header.n_events ? check_events(path, &t) : bad(path, "is cut short");
    if (r < 0)
        trace_free(&t);
    else
        *ret = t;
    return r;
}

void trace_free(struct trace *t)
{
    free(t->events);
    t->events = NULL;
}

static uint32_t rnd(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((*seed >> 33) * below >> 31);
}

/* Sites of all three kinds at every rank. */
static uint32_t random_site(uint64_t *seed, bool alike)
{
    static double below[RANDOM_SITES]; /* cumulative popularity */
    double at;

    for (uint32_t i = 0; i < RANDOM_SITES && below[RANDOM_SITES - 1] == 0; i++)
        below[i] = (i ? below[i - 1] : 0) + 1.0 / (i + 1);
    if (alike)
        return rnd(seed, RANDOM_SITES);
    at = rnd(seed, 1u << 30) / (double)(1u << 30) * below[RANDOM_SITES - 1];
    for (uint32_t i = 0; i < RANDOM_SITES; i++)
        if (at < below[i])
            return i;
    return RANDOM_SITES - 1;
}

static uint32_t random_size(uint64_t *seed, uint32_t site)
{
    switch (site % 8) {
    case 3: /* strings */
        return 1 + rnd(seed, 120);
    case 6: /* buffers */
        return 1 + rnd(seed, rnd(seed, 4) ? 2000 : 12000);
    default: /* a structure: 8 to 464 bytes, the same each time */
        return 8 + 8 * ((site * site + 5) % 58);
    }
}

void trace_random(unsigned n_events, bool alike, struct trace *ret)
{
    static uint8_t live[RANDOM_SLOTS];
    uint64_t seed = 1;

    memset(live, 0, sizeof(live));
    *ret = (struct trace){{TRACE_MAGIC, n_events, RANDOM_SLOTS, RANDOM_SITES, 0},
                          calloc(n_events, sizeof(struct trace_event))};
    if (!ret->events)
        abort();
    for (unsigned i = 0; i < n_events; i++) {
        uint32_t slot = rnd(&seed, RANDOM_SLOTS), site = random_site(&seed, alike);

        ret->events[i].slot = slot;
        ret->events[i].site = site;
        ret->events[i].size = live[slot] ? 0 : random_size(&seed, site);
        live[slot] = !live[slot];
    }
}
