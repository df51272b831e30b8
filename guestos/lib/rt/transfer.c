/* SPDX-License-Identifier: MIT
 *
 * Runs the state engine in the new version: the old version's memory is read
 * through the kernel, the new state is built in place.  Each step is reported as
 * it begins, so that a crash can be told from the step it happened in.
 */
#include "rt.h"

#include <string.h>

#include <st/invariant.h>
#include <st/plan.h>
#include <st/rules.h>
#include <st/transfer.h>

#include <lu/handover.h>
#include <lu/step.h>

struct transfer {
    struct st_desc old_desc, new_desc;
    struct st_rules rules;
    struct st_plan *plan;
    struct st_mem mem;
    struct st_stats stats;
    struct st_err err;
    enum lu_step step;
    struct lu_view_info info;
    struct st_range dma[16], mmio[8];
    struct st_grant grants[LU_MAX_GRANTS];
};

static int old_read(void *ctx, uint64_t addr, void *buf, size_t len)
{
    (void)ctx;
    return sys_view_read(addr, buf, len);
}

static void say_step(enum lu_step step)
{
    static struct lu_upd_report report;

    report.step = step;
    sys_upd_report(&report);
}

static int on_progress(void *ctx, enum lu_step step, uint64_t done)
{
    struct transfer *t = ctx;

    (void)done;
    if (step != t->step) {
        t->step = step;
        say_step(step);
    }
    return 0;
}

/* What the kernel says about the old version's windows. */
static int take_info(struct transfer *t)
{
    int ret = sys_view_info(&t->info);

    if (ret < 0)
        return st_err_set(&t->err, ret, NULL, "the old version cannot be read");
    if (t->info.n_dma > 16 || t->info.n_mmio > 8 || t->info.n_grants > LU_MAX_GRANTS)
        return st_err_set(&t->err, -LU_EFORMAT, NULL, "impossible view of the old version");
    for (uint32_t i = 0; i < t->info.n_dma; i++)
        t->dma[i] = (struct st_range){t->info.dma[i].va, t->info.dma[i].len};
    for (uint32_t i = 0; i < t->info.n_mmio; i++)
        t->mmio[i] = (struct st_range){t->info.mmio[i].va, t->info.mmio[i].len};
    for (uint32_t i = 0; i < t->info.n_grants; i++)
        t->grants[i] = (struct st_grant){.id = t->info.grants[i].id,
                                         .flags = t->info.grants[i].flags,
                                         .addr = t->info.grants[i].addr,
                                         .len = t->info.grants[i].len};
    return 0;
}

static const void *handed(uint64_t addr)
{
    return (const void *)(uintptr_t)addr;
}

static int make_plan(struct transfer *t)
{
    const struct lu_handover *h = handed(LU_VA_HANDOVER);
    int ret;

    if (h->magic != LU_HANDOVER_MAGIC)
        return st_err_set(&t->err, -LU_EFORMAT, NULL, "there is no handover");
    ret = st_desc_open(&t->old_desc, handed(h->old_desc), h->old_desc_size, &t->mem, &t->err);
    if (ret == 0)
        ret = st_desc_open(&t->new_desc, handed(h->new_desc), h->new_desc_size, &t->mem, &t->err);
    if (ret == 0)
        ret = st_rules_open(&t->rules, handed(h->rules), h->rules_size, &t->err);
    t->rules.handlers = lu_transfer_handlers;
    if (ret == 0)
        ret = st_plan_make(&t->plan, &t->old_desc, &t->new_desc, &t->rules, &t->mem, &t->err);
    return ret;
}

/* Where the new version's writable globals and cells begin: page of the lowest. */
static uint64_t data_start(const struct st_desc *d)
{
    uint64_t first = LU_ADDR(__lu_image_end);

    for (uint32_t i = 0; i < d->n_globals; i++)
        if (!(d->globals[i].flags & LU_A_CONST) && d->globals[i].addr < first)
            first = d->globals[i].addr;
    return first / LU_PAGE_SIZE * LU_PAGE_SIZE;
}

/* What the engine may read of the old version. */
static struct st_view old_view(const struct transfer *t)
{
    return (struct st_view){.read = old_read,
                            .dma = t->dma,
                            .n_dma = t->info.n_dma,
                            .mmio = t->mmio,
                            .n_mmio = t->info.n_mmio};
}

/* A state that is broken already is not carried over. */
static int check_old(struct transfer *t)
{
    const struct st_view view = old_view(t);
    struct st_err why = {0};
    int ret = st_invariants_check(&t->old_desc, &view, &why);

    return ret < 0 ? st_err_set(&t->err, ret, why.path, "before the update already: %s", why.text)
                   : 0;
}

static int run_engine(struct transfer *t)
{
    const uint64_t start = data_start(&t->new_desc);
    const struct st_range data = {start, LU_ADDR(__lu_image_end) - start};
    const struct st_range image = {LU_VA_IMAGE, LU_ADDR(__lu_image_end) - LU_VA_IMAGE};
    struct st_self here = {.ranges = &image, .n_ranges = 1};
    struct st_target_self self = {.ranges = &data, .n_ranges = 1};
    const struct st_view view = old_view(t);
    struct st_view new_view;
    struct st_target target;
    const struct st_transfer_args args = {
        .plan = t->plan,
        .old_view = &view,
        .new_view = &new_view,
        .target = &target,
        .handlers = lu_transfer_handlers,
        .grants = t->grants,
        .n_grants = t->info.n_grants,
        .mem = &t->mem,
        .progress = on_progress,
        .progress_ctx = t,
    };

    st_view_self(&new_view, &here);
    st_target_self(&target, &self);
    return st_transfer_run(&args, &t->stats, &t->step, &t->err);
}

static int move_grants(struct transfer *t)
{
    for (uint32_t i = 0; i < t->info.n_grants; i++) {
        int ret = t->grants[i].new_addr ? sys_regrant(t->grants[i].id, t->grants[i].new_addr)
                                        : -LU_ETARGET;

        if (ret < 0)
            return st_err_set(&t->err, ret, NULL, "no place for the window of grant %u at %#lx",
                              t->grants[i].id, (unsigned long)t->grants[i].addr);
    }
    return 0;
}

static int run_steps(struct transfer *t)
{
    int ret = take_info(t);

    if (ret == 0)
        ret = make_plan(t);
    if (ret == 0)
        ret = check_old(t);
    if (ret == 0)
        ret = run_engine(t);
    if (ret == 0)
        ret = move_grants(t);
    return ret;
}

static void fill_report(const struct transfer *t, int status, uint64_t started,
                        struct lu_upd_report *ret_report)
{
    *ret_report = (struct lu_upd_report){
        .status = status,
        .step = t->step,
        .moved = {.objects = t->stats.objects,
                  .bytes = t->stats.bytes,
                  .pointers = t->stats.pointers,
                  .unreached = t->stats.unreached,
                  .unreached_bytes = t->stats.unreached_bytes,
                  .handled = t->stats.handled,
                  .allowed = t->stats.allowed},
        .ns = sys_clock() - started,
    };
    if (status < 0) {
        strncpy(ret_report->path, t->err.path, sizeof(ret_report->path) - 1);
        strncpy(ret_report->text, t->err.text, sizeof(ret_report->text) - 1);
    }
}

int rt_transfer(struct lu_upd_report *ret_report)
{
    const uint64_t started = sys_clock();
    struct rt_arena arena;
    struct st_mem mem;
    struct transfer *t;
    int ret;

    rt_arena_init(&arena, &mem);
    t = mem.alloc(mem.ctx, sizeof(*t));
    if (!t) {
        *ret_report = (struct lu_upd_report){.status = -LU_ENOMEM, .step = LU_STEP_METADATA};
        return -LU_ENOMEM;
    }
    memset(t, 0, sizeof(*t));
    t->mem = mem;
    t->step = LU_STEP_METADATA;
    say_step(t->step);
    ret = run_steps(t);
    if (ret == 0)
        t->step = LU_STEP_TRANSFER;
    fill_report(t, ret, started, ret_report);
    rt_arena_drop(&arena);
    return ret;
}
