/* SPDX-License-Identifier: MIT
 *
 * Synchronous and queued messages.  Order at a receiver: notifications first,
 * then posts and blocked senders in the order of their arrival.  The common
 * case, a receiver that is waiting, copies the message once and switches to it
 * directly.
 */
#include "ipc.h"

#include "call.h"
#include "inspect.h"
#include "prepare.h"
#include "sched.h"
#include "usermem.h"

static struct slot *slot_of_wait(struct link *l)
{
    return container_of(l, struct slot, wait_link);
}

static bool accepts(const struct slot *r, lu_ep source, uint32_t type)
{
    return (r->body->from == LU_EP_ANY || r->body->from == source) &&
           !prepare_holds(r, source, type);
}

static bool receives(const struct slot *r, lu_ep source, uint32_t type)
{
    return r->body->state == LU_RUN_RECEIVING && accepts(r, source, type);
}

static bool take_notes(struct slot *r, struct lu_msg *out)
{
    uint64_t bits;

    if (!r->notes || (r->body->from != LU_EP_ANY && r->body->from != LU_EP_KERNEL))
        return false;
    bits = r->notes & ~prepare_held_notes(r);
    if (!bits)
        return false;
    r->notes &= ~bits;
    *out = (struct lu_msg){
        .source = LU_EP_KERNEL, .type = LU_MSG_NOTIFY, .flags = LU_MSGF_NOTIFY, .arg = {bits}};
    return true;
}

static struct post *first_post(struct slot *r)
{
    for (struct link *l = r->posts.next; l != &r->posts; l = l->next) {
        struct post *p = container_of(l, struct post, link);

        if (accepts(r, p->msg.source, p->msg.type))
            return p;
    }
    return NULL;
}

static struct slot *first_sender(struct slot *r)
{
    for (struct link *l = r->senders.next; l != &r->senders; l = l->next) {
        struct slot *s = slot_of_wait(l);

        if (accepts(r, s->ep, s->body->out.type))
            return s;
    }
    return NULL;
}

static void free_post(struct slot *r, struct post *p)
{
    list_remove(&p->link);
    list_prepend(&r->free_posts, &p->link);
    r->n_posts--;
}

/* The sender's message is received: a send is over, a call waits on. */
static void sender_received(struct slot *r, struct slot *s)
{
    bool call = s->body->out.flags & LU_MSGF_CALL;

    slot_end_wait(s);
    if (call) {
        slot_set_waits(s, &r->callers, r->ep);
        slot_set_state(s, LU_RUN_CALLING);
    } else {
        sched_wake(s, 0);
    }
}

static bool take_message(struct slot *r, struct lu_msg *out)
{
    struct post *p = first_post(r);
    struct slot *s = first_sender(r);

    if (p && (!s || p->order < s->send_order)) {
        *out = p->msg;
        free_post(r, p);
        return true;
    }
    if (s) {
        *out = s->body->out;
        sender_received(r, s);
        return true;
    }
    return false;
}

/* The buffer was checked when the receive or call began and can't have gone. */
static void deliver(struct slot *r, const struct lu_msg *m)
{
    sched_wake(r, user_write(r->body, r->body->msg_va, m, sizeof(*m)));
}

void ipc_try_deliver(struct slot *r)
{
    struct lu_msg m;

    if (r->body->state != LU_RUN_RECEIVING)
        return;
    if (take_notes(r, &m) || take_message(r, &m))
        deliver(r, &m);
}

void ipc_notify(struct slot *s, uint64_t bits)
{
    struct lu_msg m;

    if (!slot_alive(s))
        return;
    s->notes |= bits;
    if (s->body->state == LU_RUN_RECEIVING && take_notes(s, &m))
        deliver(s, &m);
}

/* Whether waiting for `target` closes a circle of waits. */
static bool would_deadlock(const struct slot *s, const struct slot *target)
{
    while (target) {
        if (target == s)
            return true;
        target = target->waits_for ? slot_get(target->waits_for) : NULL;
    }
    return false;
}

static int decode_target(struct call *c, struct slot **ret_target)
{
    struct slot *t = slot_live((lu_ep)c->arg[0]);

    if (!t || c->arg[0] > UINT32_MAX)
        return -LU_EDEAD;
    if (!slot_may_send(c->s, t))
        return -LU_EPERM;
    *ret_target = t;
    return 0;
}

static int decode_send(struct call *c, bool call, struct slot **ret_target, struct lu_msg *ret_msg)
{
    int ret = decode_target(c, ret_target);

    if (ret < 0)
        return ret;
    if (would_deadlock(c->s, *ret_target))
        return -LU_EDEADLOCK;
    ret = user_read(c->s->body, ret_msg, c->arg[1], sizeof(*ret_msg));
    if (ret == 0 && call)
        ret = user_check(c->s->body, c->arg[1], sizeof(*ret_msg), SPACE_WRITE);
    ret_msg->source = c->s->ep;
    ret_msg->flags = call ? LU_MSGF_CALL : 0;
    return ret;
}

static long send(struct call *c, bool call)
{
    struct slot *s = c->s, *t;
    struct lu_msg m;
    bool direct;
    int ret = decode_send(c, call, &t, &m);

    if (ret < 0)
        return ret;
    trace_put(LU_TRACE_IPC, s->ep, t->ep, m.type);
    direct = receives(t, s->ep, m.type);
    if (direct && !call) {
        deliver(t, &m);
        return 0;
    }
    s->body->msg_va = c->arg[1];
    if (direct) {
        slot_set_state(s, LU_RUN_CALLING);
        slot_set_waits(s, &t->callers, t->ep);
        deliver(t, &m);
        return CALL_NO_RESULT;
    }
    s->body->out = m;
    s->send_order = t->arrivals++;
    slot_set_state(s, LU_RUN_SENDING);
    slot_set_waits(s, &t->senders, t->ep);
    return CALL_NO_RESULT;
}

long call_send(struct call *c)
{
    return send(c, false);
}

long call_sendrec(struct call *c)
{
    return send(c, true);
}

long call_receive(struct call *c)
{
    struct body *b = c->s->body;
    const lu_ep from = (lu_ep)c->arg[0];
    struct lu_msg m;

    if (c->arg[0] > UINT32_MAX || (c->arg[2] & ~(uint64_t)LU_RECV_NONBLOCK))
        return -LU_EINVAL;
    if (from != LU_EP_ANY && from != LU_EP_KERNEL && !slot_live(from))
        return -LU_EDEAD;
    if (user_check(b, c->arg[1], sizeof(m), SPACE_WRITE))
        return -LU_EFAULT;
    b->from = from;
    if (take_notes(c->s, &m) || take_message(c->s, &m))
        return user_write(b, c->arg[1], &m, sizeof(m));
    if (c->arg[2] & LU_RECV_NONBLOCK)
        return -LU_EAGAIN;
    b->msg_va = c->arg[1];
    slot_set_state(c->s, LU_RUN_RECEIVING);
    return CALL_NO_RESULT;
}

long call_reply(struct call *c)
{
    struct slot *t = slot_get((lu_ep)c->arg[0]);
    struct lu_msg m;

    if (!t || c->arg[0] > UINT32_MAX || !slot_alive(t))
        return -LU_EDEAD;
    if (t->body->state != LU_RUN_CALLING || t->waits_for != c->s->ep)
        return -LU_EINVAL;
    if (user_read(c->s->body, &m, c->arg[1], sizeof(m)))
        return -LU_EFAULT;
    m.source = c->s->ep;
    m.flags = 0;
    trace_put(LU_TRACE_IPC, c->s->ep, t->ep, m.type);
    slot_end_wait(t);
    deliver(t, &m);
    return 0;
}

long call_post(struct call *c)
{
    struct slot *t;
    struct post *p;
    struct lu_msg m;
    int ret = decode_target(c, &t);

    if (ret < 0)
        return ret;
    if (user_read(c->s->body, &m, c->arg[1], sizeof(m)))
        return -LU_EFAULT;
    m.source = c->s->ep;
    m.flags = 0;
    if (receives(t, c->s->ep, m.type)) {
        trace_put(LU_TRACE_IPC, c->s->ep, t->ep, m.type);
        deliver(t, &m);
        return 0;
    }
    if (list_empty(&t->free_posts))
        return -LU_EAGAIN;
    trace_put(LU_TRACE_IPC, c->s->ep, t->ep, m.type);
    p = container_of(t->free_posts.next, struct post, link);
    list_remove(&p->link);
    p->msg = m;
    p->order = t->arrivals++;
    list_append(&t->posts, &p->link);
    t->n_posts++;
    return 0;
}

long call_notify(struct call *c)
{
    struct slot *t;
    int ret = decode_target(c, &t);

    if (ret < 0)
        return ret;
    if (!c->arg[1] || (c->arg[1] & UINT32_MAX))
        return -LU_EINVAL;
    trace_put(LU_TRACE_IPC, c->s->ep, t->ep, LU_MSG_NOTIFY);
    ipc_notify(t, c->arg[1]);
    return 0;
}

static void fail_all(struct link *waiters, int error)
{
    while (!list_empty(waiters)) {
        struct slot *s = slot_of_wait(waiters->next);

        slot_end_wait(s);
        sched_wake(s, error);
    }
}

void ipc_unstall(struct slot *r)
{
    while (!list_empty(&r->stalled)) {
        struct slot *s = slot_of_wait(r->stalled.next);

        slot_end_wait(s);
        slot_set_state(s, LU_RUN_READY);
        sched_ready(s);
    }
}

void ipc_abandon(struct slot *r, int error)
{
    fail_all(&r->senders, error);
    fail_all(&r->callers, error);
    ipc_unstall(r);
    for (uint32_t i = 0; i < LU_MAX_SLOTS; i++)
        if (slots[i].use == SLOT_USED && slots[i].body->state == LU_RUN_RECEIVING &&
            slots[i].body->from == r->ep)
            sched_wake(&slots[i], error);
    while (!list_empty(&r->posts))
        free_post(r, container_of(r->posts.next, struct post, link));
    r->notes = 0;
}

void ipc_withdraw(struct slot *s)
{
    if (s->waits_for)
        slot_end_wait(s);
}

long ipc_stall(struct slot *s, struct slot *on)
{
    regs_repeat_call(&s->body->regs, s->body->entry_call);
    slot_set_state(s, LU_RUN_SENDING);
    slot_set_waits(s, &on->stalled, on->ep);
    return CALL_NO_RESULT;
}
