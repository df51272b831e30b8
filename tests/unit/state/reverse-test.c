/* SPDX-License-Identifier: MIT
 *
 * reverse-test OLD.elf NEW.elf: transfers the state of reverse-world.c, lets the new
 * version spoil what came of it in every way that it knows, and expects the reverse
 * check to find just that, with its path and both values.
 */
#include "check.h"
#include "corruption.h"
#include "low-image.h"

#include <st/reverse.h>
#include <stdbool.h>
#include <stdlib.h>

struct test {
    struct st_image *old_image, *new_image;
    struct st_sim *old_sim;
    struct st_plan *plan;
};

static void die(const char *what, const struct st_err *err)
{
    fprintf(stderr, "%s: %s: %s\n", what, err->path, err->text);
    exit(1);
}

static struct st_sim *sim_new(const struct st_image *image)
{
    struct st_err err = {0};
    struct st_sim *sim;

    if (st_sim_new(&sim, image, &err) < 0)
        die("images", &err);
    return sim;
}

/* Into the new version as it is loaded. */
static void transfer(const struct test *t)
{
    const struct case_entry *entry = (const void *)low_enter(t->new_image, CASE_ENTRY, 0);
    struct st_view view, new_view;
    struct st_target target;
    struct st_stats stats;
    struct st_err err = {0};
    const struct st_transfer_args args = {.plan = t->plan,
                                          .old_view = &view,
                                          .new_view = &new_view,
                                          .target = &target,
                                          .mem = &st_host_mem};

    st_sim_view(t->old_sim, &view);
    low_view(&new_view, t->new_image);
    low_target(&target, entry);
    if (st_transfer_run(&args, &stats, NULL, &err) < 0)
        die("transfer", &err);
}

/* Transfers, spoils and takes along.  False when there is no such way. */
static bool spoil(const struct test *t, struct st_sim *sim, uint32_t i, struct corruption *ret,
                  char path[128], char text[128])
{
    const struct lu_global *g =
        st_desc_global(st_image_desc(t->new_image), "corruptions", NULL, NULL);
    const struct corruption *c = (const struct corruption *)(uintptr_t)g->addr + i;
    bool there;

    low_load(t->new_image);
    transfer(t);
    *ret = *c;
    there = c->apply != NULL;
    if (there) {
        c->apply();
        low_keep(sim);
        snprintf(path, 128, "%s", c->path);
        snprintf(text, 128, "%s", c->text);
    }
    low_drop();
    return there;
}

static void judge(const struct test *t, struct st_sim *sim, uint32_t i, int code, const char *path,
                  const char *text)
{
    struct st_view old_view, new_view, back_view;
    struct st_sim *back_sim = sim_new(t->old_image);
    struct st_reverse_stats stats = {0};
    struct st_target back;
    struct st_err err = {0};
    const struct st_reverse_args args = {.plan = t->plan,
                                         .old_view = &old_view,
                                         .new_view = &new_view,
                                         .back = &back,
                                         .back_view = &back_view,
                                         .mem = &st_host_mem};
    int r;

    st_sim_view(t->old_sim, &old_view);
    st_sim_view(sim, &new_view);
    st_sim_view(back_sim, &back_view);
    st_sim_target(back_sim, &back);
    r = st_reverse_check(&args, &stats, &err);
    if (r != code || strcmp(path, err.path) != 0 || !strstr(err.text, text)) {
        fprintf(stderr, "corruption %u: %s: %s (%d), expected %s: %s (%d)\n", i, err.path, err.text,
                r, path, text, code);
        check_failures++;
    }
    if (r == 0)
        CHECK(stats.objects > 8 && stats.exempt == 1 && stats.allowed == 0 && stats.bytes > 500);
    st_sim_free(back_sim);
}

static bool try_one(const struct test *t, uint32_t i)
{
    struct st_sim *sim = sim_new(t->new_image);
    char path[128], text[128];
    struct corruption c;
    bool there;

    there = spoil(t, sim, i, &c, path, text);
    if (there)
        judge(t, sim, i, c.code, path, text);
    st_sim_free(sim);
    return there;
}

int main(int argc, char **argv)
{
    struct st_err err = {0};
    struct test t;
    uint32_t n = 0;

    if (argc != 3 || st_image_open(&t.old_image, argv[1], &err) < 0 ||
        st_image_open(&t.new_image, argv[2], &err) < 0)
        die("usage: reverse-test OLD.elf NEW.elf", &err);
    t.old_sim = sim_new(t.old_image);
    low_load(t.old_image);
    low_enter(t.old_image, CASE_SETUP, 0);
    low_keep(t.old_sim);
    low_drop();
    if (st_plan_make(&t.plan, st_image_desc(t.old_image), st_image_desc(t.new_image), NULL,
                     &st_host_mem, &err) < 0)
        die("plan", &err);
    while (try_one(&t, n))
        n++;
    CHECK(n > 20);
    st_plan_free(t.plan);
    st_sim_free(t.old_sim);
    st_image_close(t.old_image);
    st_image_close(t.new_image);
    return CHECK_RESULT();
}
