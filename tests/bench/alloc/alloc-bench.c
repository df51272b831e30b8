/* SPDX-License-Identifier: MIT
 *
 * Cost of an allocation with and without instrumentation: the same workload on the
 * same heap, interleaved, best of many rounds; the host's malloc beside them.
 */
#include <lu/alloc.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "workload.h"

#define OPERATIONS 400000u
#define ROUNDS 25

struct variant {
    const char *name;
    void (*run)(unsigned operations);
    double best_ns;
};

static double run_once(const struct variant *v)
{
    struct timespec a, b;

    clock_gettime(CLOCK_MONOTONIC, &a);
    v->run(OPERATIONS);
    clock_gettime(CLOCK_MONOTONIC, &b);
    return ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / OPERATIONS;
}

int main(void)
{
    struct variant v[] = {
        {.name = "our heap, not instrumented", .run = workload_plain},
        {.name = "our heap, instrumented", .run = workload_typed},
        {.name = "the host's malloc", .run = workload_libc},
    };
    const unsigned n = sizeof(v) / sizeof(v[0]);
    struct lu_heap_usage usage;

    for (int round = 0; round < ROUNDS; round++)
        for (unsigned i = 0; i < n; i++) {
            double ns = run_once(&v[i]);

            if (round == 0 || ns < v[i].best_ns)
                v[i].best_ns = ns;
        }
    for (unsigned i = 0; i < n; i++)
        printf("%-28s %6.1f ns per free and malloc, %.3f of not instrumented\n", v[i].name,
               v[i].best_ns, v[i].best_ns / v[0].best_ns);
    lu_heap_usage(&usage);
    printf("heap's own records: %llu bytes for %llu mapped\n", (unsigned long long)usage.meta_bytes,
           (unsigned long long)usage.mapped_bytes);
    return 0;
}
