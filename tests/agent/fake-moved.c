/* SPDX-License-Identifier: MIT
 *
 * What the new version's transfer of the old image's initial state comes to: an honest
 * guest reports just that.
 */
#include "fake-moved.h"

#include <stdio.h>
#include <stdlib.h>

#include <host/sim.h>

_Noreturn static void die(const char *what, const struct st_err *err)
{
    fprintf(stderr, "fake guest: %s: %s: %s\n", what, err->path, err->text);
    abort();
}

static struct st_plan *plan_of(const struct st_image *a, const struct st_image *b,
                               struct st_rules *opened, void **ret_blob)
{
    static struct st_rule rules[ST_MAX_RULES];
    uint32_t n = st_image_initial_rules(a, b, rules, ST_MAX_RULES);
    size_t size = st_rules_size(rules, n);
    struct st_plan *plan;
    struct st_err err = {0};

    *ret_blob = malloc(size);
    if (!*ret_blob || st_rules_encode(rules, n, *ret_blob, size, &err) < 0 ||
        st_rules_open(opened, *ret_blob, size, &err) < 0 ||
        st_plan_make(&plan, st_image_desc(a), st_image_desc(b), opened, &st_host_mem, &err) < 0)
        die("plan", &err);
    return plan;
}

void fake_moved(const struct st_image *a, const struct st_image *b, struct lu_moved *ret)
{
    struct st_sim *old_sim, *new_sim;
    struct st_target target;
    struct st_stats stats;
    struct st_rules rules;
    struct st_view view, image;
    struct st_err err = {0};
    void *blob;
    struct st_plan *plan = plan_of(a, b, &rules, &blob);
    const struct st_transfer_args args = {.plan = plan,
                                          .old_view = &view,
                                          .new_view = &image,
                                          .target = &target,
                                          .mem = &st_host_mem};

    if (st_sim_new(&old_sim, a, &err) < 0 || st_sim_new(&new_sim, b, &err) < 0)
        die("images", &err);
    st_sim_view(old_sim, &view);
    st_sim_view(new_sim, &image);
    st_sim_target(new_sim, &target);
    if (st_transfer_run(&args, &stats, NULL, &err) < 0)
        die("transfer", &err);
    *ret = (struct lu_moved){.objects = stats.objects,
                             .bytes = stats.bytes,
                             .pointers = stats.pointers,
                             .unreached = stats.unreached,
                             .unreached_bytes = stats.unreached_bytes,
                             .allowed = stats.allowed};
    st_sim_free(old_sim);
    st_sim_free(new_sim);
    st_plan_free(plan);
    free(blob);
}
