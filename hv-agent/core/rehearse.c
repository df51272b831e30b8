/* SPDX-License-Identifier: MIT
 *
 * Two simulated memories: what the new version would hold, and, for the reverse
 * check, the old version once more.  Whatever the engine does, it reads one of the
 * three memories while it does it: there time is watched.
 */
#include "rehearse.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

#include <host/sim.h>
#include <st/audit.h>
#include <st/invariant.h>

#define READS_PER_TICK 64u

/* A view that looks at the clock, and is closed once the rehearsal is to end. */
struct watched {
    struct rehearsal *of;
    struct st_view inner;
};

struct rehearsal {
    const struct hva_rehearsal_order *order;
    struct hva_rehearsal *ret;
    struct st_err *err;
    uint64_t left; /* of the memory for the engine's tables */
    struct st_mem mem;
    struct st_sim *new_sim, *back_sim;
    struct watched old, new_, back;
    unsigned reads;
    bool stopped;
};

/* Blocks carry no size: the engine says it again when it frees one. */
static void *purse_alloc(void *ctx, size_t size)
{
    struct rehearsal *r = ctx;
    void *p = size <= r->left ? malloc(size ? size : 1) : NULL;

    if (p)
        r->left -= size;
    return p;
}

static void purse_free(void *ctx, void *p, size_t size)
{
    struct rehearsal *r = ctx;

    free(p);
    r->left += size;
}

static int watched_read(void *ctx, uint64_t addr, void *buf, size_t len)
{
    const struct watched *w = ctx;
    struct rehearsal *r = w->of;

    if (!r->stopped && ++r->reads % READS_PER_TICK == 0 && r->order->tick)
        r->stopped = r->order->tick(r->order->arg) != 0;
    return r->stopped ? -LU_EFAULT : w->inner.read(w->inner.ctx, addr, buf, len);
}

static struct st_view watch(struct rehearsal *r, struct watched *w, const struct st_view *inner)
{
    struct st_view view = *inner;

    *w = (struct watched){r, *inner};
    view.read = watched_read;
    view.ctx = w;
    return view;
}

static struct st_view old_view(struct rehearsal *r)
{
    struct st_view view;

    hva_frozen_view(r->order->frozen, &view);
    return watch(r, &r->old, &view);
}

/* Device memory is the slot's: every version sees the same. */
static struct st_view sim_view(struct rehearsal *r, struct st_sim *sim, struct watched *w)
{
    struct st_view view;

    st_sim_view(sim, &view);
    view.dma = r->order->frozen->dma;
    view.n_dma = r->order->frozen->n_dma;
    view.mmio = r->order->frozen->mmio;
    view.n_mmio = r->order->frozen->n_mmio;
    return watch(r, w, &view);
}

static int transfer(struct rehearsal *r)
{
    const struct hva_plan_component *c = r->order->component;
    const struct st_view view = old_view(r), image = sim_view(r, r->new_sim, &r->new_);
    struct st_target target;
    const struct st_transfer_args args = {.plan = c->plan,
                                          .old_view = &view,
                                          .new_view = &image,
                                          .target = &target,
                                          .handlers = c->handlers,
                                          .count_handlers = 1,
                                          .grants = r->order->frozen->grants,
                                          .n_grants = r->order->frozen->n_grants,
                                          .mem = &r->mem};

    st_sim_target(r->new_sim, &target);
    return st_transfer_run(&args, &r->ret->moved, NULL, r->err);
}

static int audit(struct rehearsal *r)
{
    const struct hva_plan_component *c = r->order->component;
    const struct st_view view = sim_view(r, r->new_sim, &r->new_);

    return st_audit_without(st_image_desc(c->new_image), &view, c->handlers, &r->mem, NULL, r->err);
}

static bool same_invariant(const struct st_desc *a, uint32_t i, const struct st_desc *b, uint32_t k)
{
    const struct lu_invariant *x = &a->invariants[i], *y = &b->invariants[k];

    return strcmp(st_desc_string(a, x->name), st_desc_string(b, y->name)) == 0 &&
           strcmp(st_desc_string(a, x->text), st_desc_string(b, y->text)) == 0;
}

static bool old_has_invariant(const struct hva_plan_component *c, uint32_t i)
{
    const struct st_desc *old = st_image_desc(c->old_image), *new_ = st_image_desc(c->new_image);

    for (uint32_t k = 0; k < old->n_invariants; k++)
        if (same_invariant(old, k, new_, i))
            return true;
    return false;
}

/* What held before and does not any more was broken by the transfer, unless a handler would have
 * kept it; what is new may wait for init_live_update, and is checked after it. */
static int invariants(struct rehearsal *r)
{
    const struct hva_plan_component *c = r->order->component;
    const struct st_desc *d = st_image_desc(c->new_image);
    const struct st_view view = sim_view(r, r->new_sim, &r->new_);

    for (uint32_t i = 0; i < d->n_invariants; i++) {
        struct st_err broken = {0};

        if (st_invariant_check(d, i, &view, &broken) == 0)
            continue;
        if (r->ret->audited && old_has_invariant(c, i)) {
            *r->err = broken;
            return broken.code;
        }
        r->ret->invariants_due++;
    }
    return 0;
}

static int reverse(struct rehearsal *r)
{
    const struct st_view was = old_view(r), is = sim_view(r, r->new_sim, &r->new_);
    const struct st_view returned = sim_view(r, r->back_sim, &r->back);
    struct st_target back;
    const struct st_reverse_args args = {.plan = r->order->component->plan,
                                         .old_view = &was,
                                         .new_view = &is,
                                         .back = &back,
                                         .back_view = &returned,
                                         .mem = &r->mem};

    st_sim_target(r->back_sim, &back);
    return st_reverse_check(&args, &r->ret->back, r->err);
}

static int open_sim(const struct rehearsal *r, const struct st_image *image, struct st_sim **ret)
{
    int ret_code = st_sim_new(ret, image, r->err);

    if (ret_code == 0)
        st_sim_limit(*ret, r->order->memory);
    return ret_code;
}

static int open_sims(struct rehearsal *r)
{
    const struct hva_plan_component *c = r->order->component;
    int ret = open_sim(r, c->new_image, &r->new_sim);

    if (ret == 0 && r->ret->mode == LU_REHEARSE_REVERSE)
        ret = open_sim(r, c->old_image, &r->back_sim);
    return ret;
}

static int run(struct rehearsal *r, const char **ret_what)
{
    int ret;

    *ret_what = "loading the images";
    ret = open_sims(r);
    if (ret == 0) {
        *ret_what = "transfer";
        ret = transfer(r);
    }
    r->ret->audited = ret == 0 && r->ret->moved.handled == 0;
    if (ret == 0) {
        *ret_what = "audit of the new state";
        ret = audit(r);
    }
    if (ret == 0) {
        *ret_what = "check of the new state";
        ret = invariants(r);
    }
    if (ret == 0 && r->back_sim) {
        *ret_what = "reverse check";
        ret = reverse(r);
    }
    return ret;
}

int hva_rehearse(const struct hva_rehearsal_order *order, enum lu_rehearse mode,
                 struct hva_rehearsal *ret, const char **ret_what, struct st_err *err)
{
    uint64_t start = hva_now_ns();
    struct rehearsal r = {.order = order, .ret = ret, .err = err, .left = order->memory};
    int code;

    *ret = (struct hva_rehearsal){.mode = mode};
    r.mem = (struct st_mem){.alloc = purse_alloc, .free = purse_free, .ctx = &r};
    code = run(&r, ret_what);
    if (r.stopped) /* whatever the engine made of memory that could not be read any more */
        code = st_err_set(err, -LU_ECANCELED, NULL, "stopped");
    st_sim_free(r.back_sim);
    st_sim_free(r.new_sim);
    ret->done = code == 0;
    ret->ms = hva_ms_since(start);
    return code;
}
