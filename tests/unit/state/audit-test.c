/* SPDX-License-Identifier: MIT
 *
 * audit-test WORLD.elf: corrupts a component's state in every way of audit-world.c,
 * and expects the audit to find just that, with its path.
 */
#include "corruption.h"
#include "check.h"
#include "low-image.h"

#include <fnmatch.h>
#include <st/audit.h>
#include <stdbool.h>
#include <stdlib.h>

static const struct st_range dma = {LU_VA_DMA, 0x10000};

/* Makes the world, spoils it in way number `i` and takes it along.  False when there is no
 * such way; the expectation's texts are copied, for they lie in the image. */
static bool spoil(const struct st_image *image, struct st_sim *sim, uint32_t i, int *ret_code,
                  char path[128], char text[128])
{
    const struct lu_global *g = st_desc_global(st_image_desc(image), "corruptions", NULL, NULL);
    const struct corruption *c = (const struct corruption *)(uintptr_t)g->addr + i;
    bool there;

    low_load(image);
    there = c->apply != NULL;
    if (there) {
        low_enter(image, CASE_SETUP, 0);
        c->apply();
        low_keep(sim);
        *ret_code = c->code;
        snprintf(path, 128, "%s", c->path);
        snprintf(text, 128, "%s", c->text);
    }
    low_drop();
    return there;
}

static void judge(const struct st_image *image, struct st_sim *sim, uint32_t i, int code,
                  const char *path, const char *text)
{
    struct st_audit_stats stats = {0};
    struct st_err err = {0};
    struct st_view view;
    int r;

    st_sim_view(sim, &view);
    view.dma = &dma;
    view.n_dma = 1;
    r = st_audit(st_image_desc(image), &view, &st_host_mem, &stats, &err);
    if (r != code || fnmatch(path, err.path, 0) != 0 || !strstr(err.text, text)) {
        fprintf(stderr, "corruption %u: %s: %s (%d), expected %s: %s (%d)\n", i, err.path, err.text,
                r, path, text, code);
        check_failures++;
    }
    if (r == 0) {
        CHECK(stats.globals > 3 && stats.objects == 10);
        CHECK(stats.pointers > 20 && stats.bytes > 100000);
    }
}

static bool try_one(const struct st_image *image, uint32_t i)
{
    char path[128], text[128];
    struct st_err err = {0};
    struct st_sim *sim;
    int code = 0;
    bool there;

    if (st_sim_new(&sim, image, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    there = spoil(image, sim, i, &code, path, text);
    if (there)
        judge(image, sim, i, code, path, text);
    st_sim_free(sim);
    return there;
}

int main(int argc, char **argv)
{
    struct st_image *image;
    struct st_err err = {0};
    uint32_t n = 0;

    if (argc != 2 || st_image_open(&image, argv[1], &err) < 0 || !st_image_desc(image)) {
        fprintf(stderr, "usage: audit-test WORLD.elf (%s)\n", err.text);
        return 2;
    }
    while (try_one(image, n))
        n++;
    CHECK(n > 40);
    st_image_close(image);
    return CHECK_RESULT();
}
