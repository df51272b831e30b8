/* SPDX-License-Identifier: MIT
 *
 * A transfer, a reverse check and an audit over an old version's memory that lies:
 * globals, heap objects and the heap's own tables are damaged.  Whatever is in it, the engine
 * ends, within its bounds, with a result or an error.
 * Environment: FUZZ_OLD, FUZZ_NEW = images of the two versions.
 */
#include "low-image.h"
#include "patch.h"

#include <lu/heap.h>
#include <st/audit.h>
#include <st/reverse.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_PATCHES 64

static struct st_image *old_image, *new_image;
static struct st_sim *old_sim;
static struct st_plan *plan;

/* What is damaged: start and size of each part. */
static struct st_range parts[6];
static unsigned n_parts;

static void part_add(uint64_t addr, uint64_t len)
{
    if (len)
        parts[n_parts++] = (struct st_range){addr, len};
}

static void die(const char *what, const struct st_err *err)
{
    fprintf(stderr, "%s: %s: %s\n", what, err->path, err->text);
    exit(1);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *old_file = getenv("FUZZ_OLD"), *new_file = getenv("FUZZ_NEW");
    const struct lu_heap *heap;
    const struct st_desc *d;
    struct st_err err = {0};

    (void)argc;
    (void)argv;
    if (!old_file || !new_file || st_image_open(&old_image, old_file, &err) < 0 ||
        st_image_open(&new_image, new_file, &err) < 0 || st_sim_new(&old_sim, old_image, &err) < 0)
        die("FUZZ_OLD, FUZZ_NEW", &err);
    low_load(old_image);
    low_enter(old_image, CASE_SETUP, 0);
    low_keep(old_sim);
    low_drop();
    d = st_image_desc(old_image);
    if (st_plan_make(&plan, d, st_image_desc(new_image), NULL, &st_host_mem, &err) < 0)
        die("plan", &err);
    heap = st_sim_at(old_sim, LU_VA_HEAPMETA);
    part_add(d->globals[0].addr, d->globals[d->n_globals - 1].addr +
                                     d->globals[d->n_globals - 1].size - d->globals[0].addr);
    part_add(LU_VA_HEAP, (uint64_t)heap->n_units * LU_HEAP_UNIT);
    part_add(LU_VA_HEAPMETA, sizeof(*heap));
    part_add(heap->units, heap->n_units * sizeof(uint32_t));
    part_add(heap->spans, heap->n_spans * sizeof(struct lu_heap_span));
    return 0;
}

struct undo {
    uint8_t *at;
    uint64_t value;
};

static unsigned damage(const uint8_t *data, size_t size, struct undo *undo)
{
    unsigned n = 0;

    for (size_t i = 0; i < patch_count(size) && n < MAX_PATCHES; i++, n++) {
        struct patch patch = patch_get(data, i);
        const struct st_range *part = &parts[(patch.place >> 20 & 0xff) % n_parts];
        uint64_t at = (patch.place & 0xfffff) % (part->len / 4) * 4;

        undo[n].at = st_sim_at(old_sim, part->addr + at);
        memcpy(&undo[n].value, undo[n].at, 8);
        patch_apply(patch, undo[n].at, 8);
    }
    return n;
}

static const struct st_range dma = {LU_VA_DMA, 0x1000};

static void view_of(struct st_sim *sim, struct st_view *ret)
{
    st_sim_view(sim, ret);
    ret->dma = &dma;
    ret->n_dma = 1;
}

/* What was transferred by no rule that allows a loss comes back. */
static void check_reverse(const struct st_view *old_view, const struct st_view *new_view)
{
    struct st_reverse_stats stats;
    struct st_target target;
    struct st_view view;
    struct st_err err;
    struct st_sim *sim;
    const struct st_reverse_args args = {.plan = plan,
                                         .old_view = old_view,
                                         .new_view = new_view,
                                         .back = &target,
                                         .back_view = &view,
                                         .mem = &st_host_mem};

    if (st_sim_new(&sim, old_image, &err) < 0)
        abort();
    view_of(sim, &view);
    st_sim_target(sim, &target);
    if (st_reverse_check(&args, &stats, &err) < 0) {
        fprintf(stderr, "reverse check: %s: %s\n", err.path, err.text);
        abort();
    }
    st_sim_free(sim);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct undo undo[MAX_PATCHES];
    unsigned n = damage(data, size, undo);
    struct st_sim *new_sim;
    struct st_view view, new_view;
    struct st_target target;
    struct st_stats stats;
    struct st_err err;
    struct st_transfer_args args = {
        .plan = plan, .old_view = &view, .target = &target, .mem = &st_host_mem};

    if (st_sim_new(&new_sim, new_image, &err) < 0)
        abort();
    view_of(old_sim, &view);
    st_sim_target(new_sim, &target);
    if (st_transfer_run(&args, &stats, NULL, &err) == 0) {
        view_of(new_sim, &new_view);
        check_reverse(&view, &new_view);
        st_audit(st_image_desc(new_image), &new_view, &st_host_mem, NULL, &err);
    }
    st_audit(st_image_desc(old_image), &view, &st_host_mem, NULL, &err);
    st_sim_free(new_sim);
    while (n-- > 0)
        memcpy(undo[n].at, &undo[n].value, 8);
    return 0;
}
