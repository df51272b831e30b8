/* SPDX-License-Identifier: MIT
 *
 * alloc-bench TRACE: our allocator, with and without instrumentation, musl's two and
 * glibc's on a trace of lwIP under load and on random sizes.  All take turns, many
 * rounds; a time is the best of an allocator's rounds, memory is the peak of its
 * first replay.
 */
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 61
#define WARM 3
#define RANDOM_EVENTS 600000u

enum variant { PLAIN, TYPED, MUSL_NG, MUSL_OLD, GLIBC, VARIANTS };

static const char *const titles[VARIANTS] = {
    [PLAIN] = "ours, not instrumented",
    [TYPED] = "ours, instrumented",
    [MUSL_NG] = "musl's mallocng",
    [MUSL_OLD] = "musl's oldmalloc",
    [GLIBC] = "glibc's",
};

struct figures {
    double peak;       /* bytes */
    double ns[ROUNDS]; /* per event, sorted */
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void measure(const struct trace *t, replay_fn *typed, struct figures figures[VARIANTS])
{
    replay_fn *const replays[VARIANTS] = {replay_plain, typed, replay_musl_ng, replay_musl_old,
                                          replay_glibc};
    struct runner runners[VARIANTS];

    for (unsigned v = 0; v < VARIANTS; v++) {
        runner_start(&runners[v], replays[v], t);
        figures[v].peak = runner_peak(&runners[v]);
    }
    for (int round = -WARM; round < ROUNDS; round++)
        for (unsigned v = 0; v < VARIANTS; v++) {
            double ns = runner_time(&runners[v]);

            if (round >= 0)
                figures[v].ns[round] = ns;
        }
    for (unsigned v = 0; v < VARIANTS; v++) {
        runner_stop(&runners[v]);
        qsort(figures[v].ns, ROUNDS, sizeof(double), compare);
    }
}

static double best(const struct figures *f)
{
    return f->ns[0];
}

static void print_ratio(const char *what, double ratio, double goal)
{
    printf("  %-44s %6.3f   goal %.2f  %s\n", what, ratio, goal, ratio <= goal ? "met" : "MISSED");
}

static void run(const char *name, const struct trace *t, replay_fn *typed)
{
    static struct figures f[VARIANTS];

    measure(t, typed, f);
    printf("%s: %u events, at most %u objects, %u sites\n", name, t->header.n_events,
           t->header.n_slots, t->header.n_sites);
    printf("  %-26s %10s %10s %8s %10s %8s\n", "", "best ns", "median ns", "ratio", "peak KiB",
           "ratio");
    for (unsigned v = 0; v < VARIANTS; v++)
        printf("  %-26s %10.2f %10.2f %8.3f %10.0f %8.3f\n", titles[v], best(&f[v]),
               f[v].ns[ROUNDS / 2], best(&f[v]) / best(&f[PLAIN]), f[v].peak / 1024,
               f[v].peak / f[PLAIN].peak);
    print_ratio("time, instrumented / not instrumented", best(&f[TYPED]) / best(&f[PLAIN]), 1.02);
    print_ratio("memory, instrumented / not instrumented", f[TYPED].peak / f[PLAIN].peak, 1.05);
    print_ratio("time, instrumented / musl's mallocng", best(&f[TYPED]) / best(&f[MUSL_NG]), 1.0);
    print_ratio("time, instrumented / musl's oldmalloc", best(&f[TYPED]) / best(&f[MUSL_OLD]), 1.0);
    print_ratio("time, instrumented / glibc's", best(&f[TYPED]) / best(&f[GLIBC]), 1.0);
    printf("\n");
}

int main(int argc, char **argv)
{
    struct trace t;

    if (argc != 2) {
        fprintf(stderr, "usage: alloc-bench TRACE\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    if (trace_read(argv[1], &t) < 0)
        return 1;
    run("lwIP under load", &t, replay_wrapped);
    trace_free(&t);
    trace_random(RANDOM_EVENTS, false, &t);
    run("random sizes, few sites allocate most", &t, replay_direct);
    trace_free(&t);
    trace_random(RANDOM_EVENTS, true, &t);
    run("random sizes, all sites alike", &t, replay_direct);
    trace_free(&t);
    return 0;
}
