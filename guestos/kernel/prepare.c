/* SPDX-License-Identifier: MIT
 *
 * PREPARE, PREPARE_INFO, PREPARE_SAY, PARK, UNPREPARE.
 */
#include "prepare.h"

#include "call.h"
#include "inspect.h"
#include "ipc.h"
#include "sched.h"
#include "usermem.h"

/* The last entry that matches decides. */
bool prepare_filter_holds(const struct slot *s, lu_ep source, uint32_t type)
{
    bool held = false;

    for (uint32_t i = 0; i < s->prepare.n_holds; i++) {
        const struct lu_hold *h = &s->prepare.holds[i];
        bool any = h->source == LU_EP_ANY && source != LU_EP_KERNEL;

        if ((any || h->source == source) && (!h->type || h->type == type))
            held = !h->allow;
    }
    return held;
}

uint64_t prepare_held_notes(const struct slot *s)
{
    return prepare_holds(s, LU_EP_KERNEL, LU_MSG_NOTIFY) ? ~LU_NOTE_PREPARE : 0;
}

void prepare_set_state(struct slot *s, enum lu_prep_state state, uint64_t detail)
{
    s->prep_state = state;
    s->prep_detail = detail;
    inspect_slots[s->index].prep_state = state;
}

void prepare_tell_supervisor(void)
{
    ipc_notify(slot_supervisor, LU_NOTE_PARKED);
}

void prepare_forget(struct slot *s)
{
    s->notes &= ~LU_NOTE_PREPARE;
    prepare_set_state(s, LU_PREP_NONE, 0);
}

static int decode_prepare(struct call *c, struct slot **ret_slot)
{
    struct slot *t = slot_live((lu_ep)c->arg[0]);
    uint32_t counts[2];

    if (!t)
        return -LU_EDEAD;
    if (t == c->s || t->body->state == LU_RUN_STOPPED)
        return -LU_EINVAL;
    if (t->prep_state != LU_PREP_NONE || t->body->state == LU_RUN_PARKED || t->partner)
        return -LU_EBUSY;
    if (user_check(c->s->body, c->arg[1], sizeof(struct lu_prepare), SPACE_READ))
        return -LU_EFAULT;
    (void)user_read(c->s->body, counts, c->arg[1] + offsetof(struct lu_prepare, filter_len),
                    sizeof(counts));
    if (counts[0] > LU_FILTER_MAX || counts[1] > LU_MAX_HOLDS)
        return -LU_EINVAL;
    *ret_slot = t;
    return 0;
}

long call_prepare(struct call *c)
{
    struct slot *t;
    int ret = decode_prepare(c, &t);

    if (ret < 0)
        return ret;
    (void)user_read(c->s->body, &t->prepare, c->arg[1], sizeof(t->prepare));
    prepare_set_state(t, LU_PREP_ASKED, 0);
    ipc_notify(t, LU_NOTE_PREPARE);
    return 0;
}

long call_unprepare(struct call *c)
{
    struct slot *t = slot_live((lu_ep)c->arg[0]);

    if (!t)
        return -LU_EDEAD;
    if (t->prep_state == LU_PREP_NONE && t->body->state != LU_RUN_PARKED)
        return -LU_EINVAL;
    prepare_forget(t);
    if (t->body->state == LU_RUN_PARKED)
        sched_wake(t, 0);
    else
        ipc_try_deliver(t); /* what a hold kept back */
    if (!t->swapped)
        ipc_unstall(t);
    return 0;
}

long call_prepare_info(struct call *c)
{
    if (c->s->prep_state == LU_PREP_NONE)
        return -LU_ENOENT;
    return user_write(c->s->body, c->arg[0], &c->s->prepare, sizeof(c->s->prepare));
}

long call_prepare_say(struct call *c)
{
    const uint64_t state = c->arg[0];

    if (c->s->prep_state == LU_PREP_NONE)
        return -LU_ENOENT;
    if (state < LU_PREP_FILTER_FALSE || state > LU_PREP_REFUSED)
        return -LU_EINVAL;
    prepare_set_state(c->s, (enum lu_prep_state)state, c->arg[1]);
    prepare_tell_supervisor();
    return 0;
}

long call_park(struct call *c)
{
    struct slot *s = c->s;

    if (s == slot_supervisor) /* nobody could let it run again */
        return -LU_EDEADLOCK;
    trace_put(LU_TRACE_PARK, s->ep, s->prep_state != LU_PREP_NONE ? s->prepare.txn : 0, 0);
    s->notes &= ~LU_NOTE_PREPARE;
    if (s->prep_state != LU_PREP_NONE)
        prepare_set_state(s, LU_PREP_PARKED, 0);
    slot_set_state(s, LU_RUN_PARKED);
    prepare_tell_supervisor();
    return CALL_NO_RESULT;
}
