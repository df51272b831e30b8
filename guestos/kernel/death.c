/* SPDX-License-Identifier: MIT
 *
 * Destroying bodies, giving up slots, records for the supervisor.
 */
#include "death.h"

#include "device.h"
#include "grant.h"
#include "inspect.h"
#include "ipc.h"
#include "irq.h"
#include "log.h"
#include "panic.h"
#include "prepare.h"
#include "sched.h"
#include "timer.h"

#define MAX_RECORDS 128u

static struct lu_exit records[MAX_RECORDS];
static uint32_t first_record, n_records;

static void add_record(struct slot *s, const struct lu_exit *what)
{
    struct lu_exit *r;

    if (n_records == MAX_RECORDS) { /* nobody has asked for a long time: the oldest goes */
        first_record = (first_record + 1) % MAX_RECORDS;
        n_records--;
    }
    r = &records[(first_record + n_records++) % MAX_RECORDS];
    *r = *what;
    r->ep = s->ep;
    memcpy(r->name, s->name, sizeof(r->name));
}

bool death_next_record(struct lu_exit *ret)
{
    if (!n_records)
        return false;
    *ret = records[first_record];
    first_record = (first_record + 1) % MAX_RECORDS;
    n_records--;
    return true;
}

static void end_views(struct body *b)
{
    if (b->view)
        b->view->n_viewers--;
    b->view = NULL;
    for (uint32_t i = 0; b->n_viewers && i < LU_MAX_SLOTS; i++)
        if (slots[i].body->view == b) {
            slots[i].body->view = NULL;
            b->n_viewers--;
        }
}

void death_destroy_body(struct slot *s)
{
    sched_remove(s);
    ipc_withdraw(s);
    end_views(s->body);
    space_destroy(&s->body->space);
    arch_fpu_forget(s->body->fpu);
    slot_set_state(s, LU_RUN_DEAD);
    slot_publish(s);
}

static void abandon_slot(struct slot *s);

/* The version that was swapped out goes: the swap is final. */
static void commit_swap(struct slot *live)
{
    device_settle(live, true);
    grant_settle(live, true);
    irq_settle(live, true);
    live->swapped = false;
    live->partner = NULL;
    ipc_unstall(live);
    if (live->body->state == LU_RUN_DEAD)
        abandon_slot(live);
}

static void abandon_slot(struct slot *s)
{
    if (s->partner) {
        commit_swap(s->partner);
        s->partner = NULL;
    }
    prepare_forget(s);
    timer_set_alarm(s, 0);
    irq_abandon(s);
    grant_end_all(s);
    device_abandon(s);
    ipc_abandon(s, -LU_EDEAD);
    slot_publish(s);
}

static void log_death(const struct slot *s, const struct lu_exit *r)
{
    if (r->reason == LU_EXIT_FAULT)
        klog("%s: fault: vector %u at %lx, address %lx", s->name, r->vector, (unsigned long)r->rip,
             (unsigned long)r->addr);
    else if (r->reason == LU_EXIT_CODE)
        klog("%s: exit %d", s->name, r->code);
    else if (r->reason == LU_EXIT_ABUSE)
        klog("%s: abuse of the kernel's interface at %lx", s->name, (unsigned long)r->rip);
}

void death_of(struct slot *s, const struct lu_exit *record)
{
    log_death(s, record);
    if (s == slot_supervisor)
        panic("%s died: reason %u, code %d, vector %u at %lx", s->name, record->reason,
              record->code, record->vector, (unsigned long)record->rip);
    add_record(s, record);
    death_destroy_body(s);
    if (!s->swapped)
        abandon_slot(s);
    ipc_notify(slot_supervisor, LU_NOTE_CHILD);
}

void death_of_current(const struct lu_exit *record)
{
    death_of(sched_current, record);
}

void death_bury(struct slot *s)
{
    device_free_limbo(s);
    slot_release(s);
}
