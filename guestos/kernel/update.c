/* SPDX-License-Identifier: MIT
 *
 * The new version's view of the old one, and upd(): the exchange of bodies.
 * upd() is its own inverse: applied again to the same pair before the commit
 * (which is the death of the slot that holds the old body) it undoes the first.
 */
#include "call.h"

#include "device.h"
#include "grant.h"
#include "inspect.h"
#include "irq.h"
#include "prepare.h"
#include "timer.h"
#include "usermem.h"

#define MAX_PAIRS (LU_MAX_SLOTS / 2u)

long call_view_grant(struct call *c)
{
    struct slot *old = slot_live((lu_ep)c->arg[0]);
    struct slot *new_ = slot_live((lu_ep)c->arg[1]);

    if (!old || !new_)
        return -LU_EDEAD;
    if (old == new_ || old == c->s || new_ == c->s)
        return -LU_EINVAL;
    if (old->body->state != LU_RUN_PARKED || new_->partner)
        return -LU_EBUSY;
    if (new_->body->view)
        new_->body->view->n_viewers--;
    new_->body->view = old->body;
    old->body->n_viewers++;
    return 0;
}

/* Device memory outside RAM is never readable: reading can have effects. */
long call_view_read(struct call *c)
{
    const struct body *old = c->s->body->view;

    if (!old)
        return -LU_EPERM;
    return user_copy(c->s->body, c->arg[1], SPACE_WRITE, old, c->arg[0], SPACE_FORCE, c->arg[2]);
}

static void fill_devices(const struct slot *old, struct lu_view_info *v)
{
    for (unsigned i = 0; i < SLOT_MAX_DMA; i++)
        if (old->dma[i].len)
            v->dma[v->n_dma++] = (struct lu_dma){.va = old->dma[i].va, .len = old->dma[i].len};
    for (unsigned i = 0; i < SLOT_MAX_MMIO; i++)
        if (old->mmio[i].len)
            v->mmio[v->n_mmio++] = (struct lu_map){old->mmio[i].va, old->mmio[i].len};
}

static void fill_grants(const struct slot *old, struct lu_view_info *v)
{
    for (unsigned i = 0; i < LU_MAX_GRANTS; i++) {
        const struct grant *g = &old->grants[i];

        if (g->to == LU_EP_NONE)
            continue;
        v->grants[v->n_grants].id = grant_id(old, i);
        v->grants[v->n_grants].flags = g->flags;
        v->grants[v->n_grants].to = g->to;
        v->grants[v->n_grants].addr = old->body->grant_addr[i];
        v->grants[v->n_grants++].len = g->len;
    }
}

_Static_assert(SLOT_MAX_DMA <= 16 && SLOT_MAX_MMIO <= 8, "struct lu_view_info has room");

long call_view_info(struct call *c)
{
    static struct lu_view_info v; /* too large for the stack; filled and copied in one go */
    const struct slot *old;

    if (!c->s->body->view || c->s->partner)
        return -LU_EPERM;
    old = slot_of_body(c->s->body->view);
    memset(&v, 0, sizeof(v));
    v.old = old->ep;
    fill_devices(old, &v);
    fill_grants(old, &v);
    return user_write(c->s->body, c->arg[0], &v, sizeof(v));
}

long call_upd_report(struct call *c)
{
    struct body *b = c->s->body;

    if (b->start != LU_START_UPDATE)
        return -LU_EPERM;
    if (user_read(b, &b->report, c->arg[0], sizeof(b->report)))
        return -LU_EFAULT;
    b->report.path[sizeof(b->report.path) - 1] = '\0';
    b->report.text[sizeof(b->report.text) - 1] = '\0';
    b->has_report = true;
    prepare_tell_supervisor();
    return 0;
}

/* First swap: both parked, the new one says that its state is complete. */
static int check_swap(const struct slot *old, const struct slot *new_)
{
    if (old->partner || new_->partner)
        return -LU_EBUSY;
    if (old->body->state != LU_RUN_PARKED || new_->body->state != LU_RUN_PARKED)
        return -LU_EBUSY;
    if (!new_->body->has_report || new_->body->report.status != 0)
        return -LU_EINVAL;
    return 0;
}

/* Undo: the old body is parked where the swap put it; the new one may be dead. */
static int check_undo(const struct slot *old, const struct slot *new_)
{
    if (!old->swapped || new_->body->state != LU_RUN_PARKED)
        return -LU_EINVAL;
    if (old->body->state != LU_RUN_PARKED && old->body->state != LU_RUN_DEAD)
        return -LU_EBUSY;
    return 0;
}

struct swap {
    struct slot *old, *new_;
};

static int decode_upd(struct call *c, struct swap swaps[MAX_PAIRS])
{
    uint64_t seen = 1ull << c->s->index;
    struct lu_pair pair;

    if (!c->arg[1] || c->arg[1] > MAX_PAIRS)
        return -LU_EINVAL;
    for (uint64_t i = 0; i < c->arg[1]; i++) {
        struct slot *old, *new_;
        int ret;

        if (user_read(c->s->body, &pair, c->arg[0] + i * sizeof(pair), sizeof(pair)))
            return -LU_EFAULT;
        old = slot_live(pair.old);
        new_ = slot_live(pair.new_);
        if (!old || !new_)
            return -LU_EDEAD;
        if (old == new_ || ((seen >> old->index | seen >> new_->index) & 1))
            return -LU_EINVAL;
        seen |= 1ull << old->index | 1ull << new_->index;
        ret = old->partner == new_ ? check_undo(old, new_) : check_swap(old, new_);
        if (ret < 0)
            return ret;
        swaps[i] = (struct swap){old, new_};
    }
    return 0;
}

static void mark_swapped(struct slot *old, struct slot *new_)
{
    grant_inherit(old, old->body, new_->body);
    old->saved_alarm_ns = old->alarm_ns;
    old->saved_notes = old->notes;
    old->partner = new_;
    new_->partner = old;
    old->swapped = true;
}

static void mark_undone(struct slot *old, struct slot *new_)
{
    device_settle(old, false);
    grant_settle(old, false);
    irq_settle(old, false);
    timer_set_alarm(old, old->saved_alarm_ns); /* it fires again if it fired meanwhile */
    old->notes = (old->notes & ~LU_NOTE_ALARM) | (old->saved_notes & LU_NOTE_ALARM);
    old->partner = NULL;
    new_->partner = NULL;
    old->swapped = false;
}

static void commit_swap(const struct swap *w)
{
    struct slot *old = w->old, *new_ = w->new_;
    struct body *b = old->body;

    if (old->swapped)
        mark_undone(old, new_);
    else
        mark_swapped(old, new_);
    old->body = new_->body;
    new_->body = b;
    grant_swap_addresses(old->body);
    grant_swap_addresses(new_->body);
    window_install(&old->window, &old->body->space);
    window_install(&new_->window, &new_->body->space);
    grant_publish(old);
    grant_publish(new_);
    slot_publish(old);
    slot_publish(new_);
    trace_put(LU_TRACE_UPD, old->ep, old->ep, new_->ep);
    kernel_inspect.upd_count++;
}

long call_upd(struct call *c)
{
    struct swap swaps[MAX_PAIRS];
    int ret = decode_upd(c, swaps);

    if (ret < 0)
        return ret;
    for (uint64_t i = 0; i < c->arg[1]; i++)
        commit_swap(&swaps[i]);
    return 0;
}
