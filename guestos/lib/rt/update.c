/* SPDX-License-Identifier: MIT
 *
 * The life of a new version until it handles its first message: transfer the
 * old version's state, report, park; swapped in, run init_live_update, check the
 * state, report, park; committed, run on.  Whatever fails is reported and ends the body: the
 * old version is still there.
 */
#include "rt.h"

#include <stdio.h>

#include <lu/handover.h>
#include <lu/log.h>
#include <lu/step.h>

_Noreturn static void fail(const struct lu_upd_report *report)
{
    sys_upd_report(report);
    lu_log("live update failed: %s%s%s", report->path, report->path[0] ? ": " : "", report->text);
    sys_exit(-report->status);
}

/* The end of what lies in the handover, as the update server laid it out. */
static uint64_t handover_end(const struct lu_handover *h)
{
    const uint64_t ends[] = {LU_VA_HANDOVER + sizeof(*h), h->old_desc + h->old_desc_size,
                             h->new_desc + h->new_desc_size, h->rules + h->rules_size};
    uint64_t end = 0;

    for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (ends[i] > end)
            end = ends[i];
    return (end + LU_PAGE_SIZE - 1) / LU_PAGE_SIZE * LU_PAGE_SIZE;
}

static void handover_unmap(void)
{
    const struct lu_handover *h = (const struct lu_handover *)(uintptr_t)LU_VA_HANDOVER;

    sys_mem_unmap(LU_VA_HANDOVER, handover_end(h) - LU_VA_HANDOVER);
}

static void run_init(const struct event_handlers *handlers, struct lu_upd_report *report)
{
    int ret = handlers->init_live_update ? handlers->init_live_update() : 0;

    report->step = LU_STEP_INIT;
    if (ret < 0) {
        report->status = ret;
        snprintf(report->text, sizeof(report->text), "init_live_update: %s", lu_strerror(ret));
        fail(report);
    }
}

void rt_live_update(const struct event_handlers *handlers)
{
    static struct lu_upd_report report; /* 400 bytes: not on the stack for ever */

    if (rt_transfer(&report) < 0)
        fail(&report);
    sys_upd_report(&report);
    sys_park(); /* until swapped in */
    run_init(handlers, &report);
    if (rt_check(&report) < 0)
        fail(&report);
    sys_upd_report(&report);
    sys_park(); /* until committed */
    handover_unmap();
}
