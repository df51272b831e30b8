/* SPDX-License-Identifier: MIT
 *
 * calibrate() on a simulated machine whose host takes the processor away, for any
 * time and at any point: before the interval starts, after it, between a look and
 * the counter.  Times are in cycles of the counter.
 */
#include "calibrate.h"

#include <stdlib.h>

#include "check.h"

#define INTERVAL 13000000u /* 5 ms at 2.6 GHz */
#define STEP 1300u         /* what an access to the timer costs */
#define LONGEST 52000000u  /* time slices of others, up to 20 ms */

struct machine {
    uint64_t now, end;
    uint64_t stop_at, stopped;  /* the timer, not the counter, stands still this long */
    unsigned busy;              /* of 1000 steps, how many are interrupted */
    unsigned samples, unsteady; /* unsteady: intervals differ by up to 1/unsteady */
    bool endless;
};

static void step(struct machine *m)
{
    uint64_t before = m->now;

    m->now += STEP;
    if ((unsigned)rand() % 1000 < m->busy)
        m->now += (uint64_t)rand() % LONGEST;
    if (before < m->stop_at && m->now >= m->stop_at) {
        m->now += m->stopped;
        m->end += m->stopped;
    }
}

static uint64_t counter(void *ctx)
{
    struct machine *m = ctx;
    uint64_t value;

    step(m);
    value = m->now;
    step(m);
    return value;
}

static void begin(void *ctx)
{
    struct machine *m = ctx;

    step(m);
    m->end = m->now + INTERVAL;
    if (m->unsteady)
        m->end += (uint64_t)rand() % (INTERVAL / m->unsteady);
    m->samples++;
    step(m);
}

static bool ended(void *ctx)
{
    struct machine *m = ctx;
    bool is;

    step(m);
    is = m->now >= m->end && !m->endless;
    step(m);
    return is;
}

static const struct calibrate_ops ops = {counter, begin, ended};

/* As exact as it promises: one part in 2048 for each sample that it took. */
static void check_exact(struct machine *m)
{
    uint64_t got = calibrate(&ops, m), off = got > INTERVAL ? got - INTERVAL : INTERVAL - got;

    CHECK(off * 2048 <= (uint64_t)INTERVAL * m->samples);
}

static void test_undisturbed(void)
{
    struct machine m = {0};

    check_exact(&m);
    CHECK(m.samples <= 3);
}

static void test_busy(void)
{
    static const unsigned busy[] = {1, 5, 20};
    unsigned most = 0;

    for (unsigned i = 0; i < sizeof(busy) / sizeof(busy[0]); i++)
        for (unsigned run = 0; run < 200; run++) {
            struct machine m = {.busy = busy[i]};

            srand(run);
            check_exact(&m);
            most = m.samples > most ? m.samples : most;
        }
    CHECK(most < 500); /* it does not ask for ever */
}

static void test_stopped(void)
{
    for (unsigned run = 0; run < 200; run++) {
        struct machine m = {.busy = 2, .stopped = 2600000000u};

        srand(run);
        m.stop_at = (uint64_t)rand() % (3 * INTERVAL);
        check_exact(&m);
    }
}

/* No two samples agree: what comes out is one of them, or between two. */
static void test_unsteady(void)
{
    for (unsigned run = 0; run < 200; run++) {
        struct machine m = {.unsteady = 5};
        uint64_t got;

        srand(run);
        got = calibrate(&ops, &m);
        CHECK(got >= INTERVAL && got <= INTERVAL + INTERVAL / 5 + 10 * STEP);
        CHECK(m.samples < 500);
    }
}

static void test_broken(void)
{
    struct machine m = {.endless = true};

    CHECK_INT(calibrate(&ops, &m), 0);
}

int main(void)
{
    test_undisturbed();
    test_busy();
    test_stopped();
    test_unsteady();
    test_broken();
    return check_failures != 0;
}
