/* SPDX-License-Identifier: MIT
 *
 * Eight queues and a bitmap.
 */
#include "sched.h"

#include "inspect.h"

#define QUANTUM_TICKS 3u

struct slot *sched_current;

static struct link queues[N_PRIORITIES];
static uint32_t ready_mask;
static struct slot *handoff; /* READY, not queued, to run next if nothing beats it */
static uint64_t switches;

static struct link *queue_of(const struct slot *s)
{
    struct link *q = &queues[s->rights.priority];

    if (!q->next)
        link_init(q);
    return q;
}

static void enqueue(struct slot *s, bool first)
{
    struct link *q = queue_of(s);

    if (first)
        list_prepend(q, &s->run_link);
    else
        list_append(q, &s->run_link);
    s->queued = true;
    ready_mask |= 1u << s->rights.priority;
}

static void dequeue(struct slot *s)
{
    list_remove(&s->run_link);
    s->queued = false;
    if (list_empty(queue_of(s)))
        ready_mask &= ~(1u << s->rights.priority);
}

static bool is_running(const struct slot *s)
{
    return s && s->use == SLOT_USED && s->body->state == LU_RUN_READY;
}

void sched_ready(struct slot *s)
{
    if (s->queued || s == handoff || (s == sched_current && s->body->state != LU_RUN_READY))
        return;
    s->ticks_left = QUANTUM_TICKS;
    if (!handoff && sched_current && !is_running(sched_current))
        handoff = s;
    else
        enqueue(s, false);
}

void sched_remove(struct slot *s)
{
    if (s->queued)
        dequeue(s);
    if (s == handoff)
        handoff = NULL;
}

void sched_wake(struct slot *s, long result)
{
    regs_set_result(&s->body->regs, result);
    slot_set_state(s, LU_RUN_READY);
    sched_ready(s);
}

void sched_tick(void)
{
    struct slot *s = sched_current;

    if (!is_running(s) || s->queued)
        return;
    if (s->ticks_left > 0)
        s->ticks_left--;
    if (s->ticks_left == 0) {
        s->ticks_left = QUANTUM_TICKS;
        if (!list_empty(queue_of(s)))
            enqueue(s, false);
    }
}

static struct slot *first_queued(void)
{
    if (!ready_mask)
        return NULL;
    return container_of(queues[__builtin_ctz(ready_mask)].next, struct slot, run_link);
}

static struct slot *better(struct slot *a, struct slot *queued)
{
    return queued && queued->rights.priority < a->rights.priority ? queued : a;
}

static struct slot *choose(void)
{
    struct slot *cur = is_running(sched_current) && !sched_current->queued ? sched_current : NULL;
    struct slot *best;

    if (handoff && cur) { /* the waker runs on after all */
        enqueue(handoff, false);
        handoff = NULL;
    }
    if (!cur)
        cur = handoff;
    best = first_queued();
    if (!cur) {
        if (best)
            dequeue(best);
        return best;
    }
    handoff = NULL;
    best = better(cur, best);
    if (best != cur) {
        enqueue(cur, true);
        dequeue(best);
    }
    return best;
}

static void switch_to(struct slot *s)
{
    if (s != sched_current) {
        switches++;
        trace_put(LU_TRACE_SWITCH, s->ep, sched_current ? sched_current->ep : LU_EP_NONE, 0);
        sched_current = s;
    }
    arch_use(&s->body->regs, s->body->fpu, s->body->space.root);
}

struct regs *sched_next(void)
{
    struct slot *s;

    while (!(s = choose()))
        arch_idle();
    switch_to(s);
    return &s->body->regs;
}

uint64_t sched_switches(void)
{
    return switches;
}
