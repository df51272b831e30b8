/* SPDX-License-Identifier: MIT
 *
 * Step check, from inside: the new version audits its own state and evaluates its
 * invariants when init_live_update is done.  The agent does the same from outside.
 */
#include "rt.h"

#include <string.h>

#include <st/audit.h>
#include <st/invariant.h>

#include <lu/alloc.h>
#include <lu/handover.h>
#include <lu/step.h>

static int check(const struct st_mem *mem, struct st_err *err)
{
    const struct lu_handover *h = (const void *)(uintptr_t)LU_VA_HANDOVER;
    const struct st_range image = {LU_VA_IMAGE, LU_ADDR(__lu_image_end) - LU_VA_IMAGE};
    const struct st_range dma = {LU_VA_DMA, LU_VA_DMA_END - LU_VA_DMA};
    const struct st_range mmio = {LU_VA_MMIO, LU_VA_MMIO_END - LU_VA_MMIO};
    struct st_self self = {.ranges = &image, .n_ranges = 1, .heap = lu_heap_exists()};
    struct st_desc desc;
    struct st_view view;
    int ret = st_desc_open(&desc, (const void *)(uintptr_t)h->new_desc, h->new_desc_size, mem, err);

    if (ret < 0)
        return ret;
    st_view_self(&view, &self);
    view.dma = &dma;
    view.mmio = &mmio;
    view.n_dma = view.n_mmio = 1;
    ret = st_audit(&desc, &view, mem, NULL, err);
    return ret < 0 ? ret : st_invariants_check(&desc, &view, err);
}

int rt_check(struct lu_upd_report *report)
{
    struct rt_arena arena;
    struct st_err err = {0};
    struct st_mem mem;
    int ret;

    rt_arena_init(&arena, &mem);
    ret = check(&mem, &err);
    rt_arena_drop(&arena);
    if (ret < 0) {
        report->step = LU_STEP_CHECK;
        report->status = ret;
        strncpy(report->path, err.path, sizeof(report->path) - 1);
        strncpy(report->text, err.text, sizeof(report->text) - 1);
    }
    return ret;
}
