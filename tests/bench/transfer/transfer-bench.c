/* SPDX-License-Identifier: MIT
 *
 * transfer-bench ARRAYS_OLD ARRAYS_NEW LIST_OLD LIST_NEW: the state engine on the
 * host, between simulated memories.  Unchanged arrays against memcpy of as many
 * bytes between the same memories, in turns; a list whose nodes changed, in objects
 * per second.  The new version judges the state that one more round makes.
 */
#include "low-image.h"

#include <st/plan.h>
#include <st/transfer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 15
#define LIST_ROUNDS 7

struct pair {
    struct st_image *old_image, *new_image;
    struct st_sim *old_sim, *new_sim;
    struct st_plan *plan;
};

_Noreturn static void fail(const char *what, const struct st_err *err)
{
    fprintf(stderr, "%s: %s: %s: %s\n", what, st_err_name(err->code), err->path, err->text);
    exit(1);
}

static double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void pair_open(struct pair *p, char **images)
{
    struct st_err err = {0};

    if (st_image_open(&p->old_image, images[0], &err) < 0 ||
        st_image_open(&p->new_image, images[1], &err) < 0 ||
        st_sim_new(&p->old_sim, p->old_image, &err) < 0 ||
        st_sim_new(&p->new_sim, p->new_image, &err) < 0)
        fail(images[0], &err);
    low_load(p->old_image);
    low_enter(p->old_image, CASE_SETUP, 0);
    low_keep(p->old_sim);
    low_drop();
    if (st_plan_make(&p->plan, st_image_desc(p->old_image), st_image_desc(p->new_image), NULL,
                     &st_host_mem, &err) < 0)
        fail("plan", &err);
}

static void pair_close(struct pair *p)
{
    st_plan_free(p->plan);
    st_sim_free(p->old_sim);
    st_sim_free(p->new_sim);
    st_image_close(p->old_image);
    st_image_close(p->new_image);
}

/* Nanoseconds of one transfer. */
static double transfer(const struct pair *p, const struct st_target *target,
                       struct st_stats *ret_stats)
{
    struct st_view view, new_view;
    struct st_err err = {0};
    const struct st_transfer_args args = {.plan = p->plan,
                                          .old_view = &view,
                                          .new_view = &new_view,
                                          .target = target,
                                          .mem = &st_host_mem};
    double start;

    st_sim_view(p->old_sim, &view);
    st_sim_view(p->new_sim, &new_view);
    start = cpu_ns();
    if (st_transfer_run(&args, ret_stats, NULL, &err) < 0)
        fail("transfer", &err);
    return cpu_ns() - start;
}

static double pair_run(const struct pair *p, struct st_stats *ret_stats)
{
    struct st_target target;

    st_sim_target(p->new_sim, &target);
    return transfer(p, &target, ret_stats);
}

/* Once more, in place, so that the new version can judge it. */
static void pair_check(const struct pair *p)
{
    struct st_target target;
    struct st_stats stats;
    long line;

    low_load(p->new_image);
    low_target(&target, (const void *)low_enter(p->new_image, CASE_ENTRY, 0));
    transfer(p, &target, &stats);
    line = low_enter(p->new_image, CASE_CHECK, 0);
    low_drop();
    if (line) {
        fprintf(stderr, "the new version's state is wrong: check, line %ld\n", line);
        exit(1);
    }
}

static void keep_best(double *best, double ns)
{
    if (*best == 0 || ns < *best)
        *best = ns;
}

static void bench_arrays(char **images)
{
    const struct lu_global *g;
    double engine = 0, copy = 0;
    struct st_stats stats;
    struct pair p;
    void *from, *to;

    pair_open(&p, images);
    g = st_desc_global(st_image_desc(p.old_image), "samples", NULL, NULL);
    from = st_sim_at(p.old_sim, g->addr);
    to = st_sim_at(p.new_sim,
                   st_desc_global(st_image_desc(p.new_image), "samples", NULL, NULL)->addr);
    for (int round = -1; round < ROUNDS; round++) { /* the first one is to warm up */
        double start = cpu_ns(), took;

        memcpy(to, from, g->size);
        __asm__ volatile("" : : "r"(to) : "memory");
        took = cpu_ns() - start;
        if (round < 0) {
            pair_run(&p, &stats);
            continue;
        }
        keep_best(&copy, took);
        keep_best(&engine, pair_run(&p, &stats));
    }
    pair_check(&p);
    printf("%llu MiB of unchanged arrays: %.1f GB/s, memcpy %.1f GB/s, time / memcpy's %.3f\n",
           (unsigned long long)(g->size >> 20), (double)g->size / engine, (double)g->size / copy,
           engine / copy);
    pair_close(&p);
}

static void bench_list(char **images)
{
    struct st_err err = {0};
    struct st_stats stats;
    double best = 0;
    struct pair p;

    pair_open(&p, images);
    for (int round = 0; round < LIST_ROUNDS; round++) {
        st_sim_free(p.new_sim); /* the new heap is empty each time */
        if (st_sim_new(&p.new_sim, p.new_image, &err) < 0)
            fail("memory", &err);
        keep_best(&best, pair_run(&p, &stats));
    }
    pair_check(&p);
    printf("list of %llu nodes that changed: %.2f million objects per second, %.0f ns each\n",
           (unsigned long long)stats.objects, (double)stats.objects * 1e3 / best,
           best / (double)stats.objects);
    pair_close(&p);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: transfer-bench ARRAYS_OLD ARRAYS_NEW LIST_OLD LIST_NEW\n");
        return 2;
    }
    bench_arrays(argv + 1);
    bench_list(argv + 3);
    return 0;
}
