/* SPDX-License-Identifier: MIT
 *
 * See old-version.h.
 */
#include "old-version.h"

#include "low-image.h"
#include "patch.h"

#include <lu/heap.h>
#include <st/audit.h>
#include <st/invariant.h>
#include <st/reverse.h>
#include <st/transfer.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_PATCHES 64u
#define SIM_BYTES (64ull << 20) /* of a heap: damaged sizes are to fail, not to take long */

static struct st_image *old_image, *new_image;
static struct st_sim *old_sim;

/* What is damaged: start and size of each part. */
static struct st_range parts[6];
static unsigned n_parts;

static struct undo {
    uint8_t *at;
    uint64_t value;
} undo[MAX_PATCHES];
static unsigned n_undo;

static void part_add(uint64_t addr, uint64_t len)
{
    if (len)
        parts[n_parts++] = (struct st_range){addr, len};
}

static void add_parts(void)
{
    const struct lu_heap *heap = st_sim_at(old_sim, LU_VA_HEAPMETA);
    const struct st_desc *d = old_desc();
    const struct lu_global *last = &d->globals[d->n_globals - 1];

    part_add(d->globals[0].addr, last->addr + last->size - d->globals[0].addr);
    part_add(LU_VA_HEAP, (uint64_t)heap->n_units * LU_HEAP_UNIT);
    part_add(LU_VA_HEAPMETA, sizeof(*heap));
    part_add(heap->units, heap->n_units * sizeof(uint32_t));
    part_add(heap->spans, heap->n_spans * sizeof(struct lu_heap_span));
}

void old_open(void)
{
    const char *old_file = getenv("FUZZ_OLD"), *new_file = getenv("FUZZ_NEW");
    struct st_err err = {0};

    if (!old_file || !new_file || st_image_open(&old_image, old_file, &err) < 0 ||
        st_image_open(&new_image, new_file, &err) < 0 ||
        st_sim_new(&old_sim, old_image, &err) < 0) {
        fprintf(stderr, "FUZZ_OLD, FUZZ_NEW: %s\n", err.text);
        exit(1);
    }
    low_load(old_image);
    low_enter(old_image, CASE_SETUP, 0);
    low_keep(old_sim);
    low_drop();
    add_parts();
}

const struct st_desc *old_desc(void)
{
    return st_image_desc(old_image);
}

const struct st_desc *new_desc(void)
{
    return st_image_desc(new_image);
}

static void view_of(struct st_sim *sim, struct st_view *ret)
{
    static const struct st_range dma = {LU_VA_DMA, 0x1000};

    st_sim_view(sim, ret);
    ret->dma = &dma;
    ret->n_dma = 1;
}

void old_view(struct st_view *ret)
{
    view_of(old_sim, ret);
}

static struct st_sim *world_of(const struct st_image *image, struct st_view *ret_view)
{
    struct st_sim *sim;
    struct st_err err;

    if (st_sim_new(&sim, image, &err) < 0)
        abort();
    st_sim_limit(sim, SIM_BYTES);
    view_of(sim, ret_view);
    return sim;
}

struct st_sim *new_world(struct st_view *ret_view)
{
    return world_of(new_image, ret_view);
}

/* --- damage --- */

void old_damage(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < patch_count(size) && n_undo < MAX_PATCHES; i++) {
        struct patch patch = patch_get(data, i);
        const struct st_range *part = &parts[(patch.place >> 20 & 0xff) % n_parts];
        uint64_t at = (patch.place & 0xfffff) % (part->len / 4) * 4;
        uint8_t *p = st_sim_at(old_sim, part->addr + at);

        undo[n_undo].at = p;
        memcpy(&undo[n_undo++].value, p, 8);
        patch_apply(patch, p, 8);
    }
}

void old_mend(void)
{
    while (n_undo > 0) {
        n_undo--;
        memcpy(undo[n_undo].at, &undo[n_undo].value, 8);
    }
}

struct st_desc *old_desc_damaged(const uint8_t *data, size_t size)
{
    struct st_desc *d = calloc(1, sizeof(*d));
    size_t blob_size;
    const uint8_t *blob = st_image_blob(old_image, &blob_size);
    uint64_t *copy = malloc(blob_size);
    struct st_err err;

    memcpy(copy, blob, blob_size);
    for (size_t i = 0; i < patch_count(size); i++) {
        struct patch patch = patch_get(data, i);
        size_t at = (patch.place & 0xfffffff) % (blob_size / 4) * 4;

        patch_apply(patch, (uint8_t *)copy + at, blob_size - at);
    }
    if (st_desc_open(d, copy, blob_size, &st_host_mem, &err) == 0)
        return d;
    free(copy);
    free(d);
    return NULL;
}

void old_desc_free(struct st_desc *d)
{
    void *copy = (void *)(uintptr_t)d->header;

    st_desc_close(d);
    free(copy);
    free(d);
}

/* --- an update --- */

/* What was transferred by no rule that allows a loss comes back. */
static void check_reverse(const struct st_plan *plan, const struct st_view *from,
                          const struct st_view *to)
{
    struct st_reverse_stats stats;
    struct st_target target;
    struct st_view view;
    struct st_err err;
    struct st_sim *sim = world_of(old_image, &view);
    const struct st_reverse_args args = {.plan = plan,
                                         .old_view = from,
                                         .new_view = to,
                                         .back = &target,
                                         .back_view = &view,
                                         .mem = &st_host_mem};

    st_sim_target(sim, &target);
    if (st_reverse_check(&args, &stats, &err) < 0) {
        fprintf(stderr, "reverse check: %s: %s\n", err.path, err.text);
        abort();
    }
    st_sim_free(sim);
}

void old_update(const struct st_desc *old, struct st_plan *plan, bool reverse)
{
    struct st_view from, to;
    struct st_target target;
    struct st_stats stats;
    struct st_err err;
    struct st_sim *sim = new_world(&to);
    const struct st_transfer_args args = {
        .plan = plan, .old_view = &from, .new_view = &to, .target = &target, .mem = &st_host_mem};

    old_view(&from);
    st_sim_target(sim, &target);
    st_invariants_check(old, &from, &err);
    if (st_transfer_run(&args, &stats, NULL, &err) == 0) {
        if (reverse)
            check_reverse(plan, &from, &to);
        st_audit(new_desc(), &to, &st_host_mem, NULL, &err);
        st_invariants_check(new_desc(), &to, &err);
    }
    st_audit(old, &from, &st_host_mem, NULL, &err);
    st_sim_free(sim);
}
