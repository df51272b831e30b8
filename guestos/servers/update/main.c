/* SPDX-License-Identifier: MIT
 *
 * The update server: supervisor of all components and the guest's half of the
 * update manager.  One event loop; one alarm for the earliest of all deadlines.
 * Its own state is in plain globals: it is no part of an update itself.
 */
#include <string.h>

#include <lu/event.h>
#include <lu/log.h>

#include "component.h"
#include "link.h"
#include "session.h"
#include "txn.h"

static uint64_t armed; /* what the kernel's alarm is set to, 0 = not */

static int update_init(void)
{
    int ret = components_boot();

    if (ret < 0)
        return ret;
    link_attach();
    return 0;
}

/* A record may be stale: by now the slot may hold the old version again. */
static bool is_dead(lu_ep ep)
{
    struct lu_proc_info info = {0};

    return sys_proc_info(ep, &info) == 0 && info.run_state == LU_RUN_DEAD;
}

static void on_death(const struct lu_exit *e)
{
    struct component *c;

    if (e->reason == LU_EXIT_KILLED)
        return; /* our own doing */
    txn_death(e);
    c = component_by_ep(e->ep);
    if (!c || !is_dead(e->ep))
        return;
    component_restart(c, sys_clock());
    if (!strcmp(c->name, "channel"))
        link_attach();
    session_event(e, c);
}

static void on_notes(uint64_t notes)
{
    struct lu_exit e = {0};

    if (notes & LU_NOTE_ALARM)
        armed = 0;
    if (notes & LU_NOTE_CHILD)
        while (sys_proc_wait(&e) == 0)
            on_death(&e);
    if (notes & LU_NOTE_PARKED)
        txn_look();
}

static void deadlines_run(void)
{
    uint64_t now = sys_clock();

    txn_timeout(now);
    link_timeout(now, session_frame);
    session_timeout(now);
}

static void alarm_set(void)
{
    const uint64_t all[] = {txn_deadline(), link_deadline(), session_deadline()};
    uint64_t first = 0;

    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i] && (!first || all[i] < first))
            first = all[i];
    if (first == armed)
        return;
    armed = first;
    sys_alarm(first);
}

int main(void)
{
    static const struct event_handlers handlers = {.init_fresh = update_init};
    struct lu_msg m;

    sys_startup(&handlers);
    while (sys_receive(&m) == 0) {
        if (m.source == LU_EP_KERNEL)
            on_notes(m.arg[0]);
        else if (m.flags & LU_MSGF_CALL)
            sys_reply(m.source, &(struct lu_msg){.status = -LU_ENOSYS});
        else
            link_message(&m, session_frame);
        deadlines_run();
        alarm_set();
    }
    return 1;
}
