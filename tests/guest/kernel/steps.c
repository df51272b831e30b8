/* SPDX-License-Identifier: MIT
 *
 * See steps.h.
 */
#include "steps.h"

lu_ep self_ep(void)
{
    struct lu_self self = {0};

    EQUAL(sys_self(&self), 0);
    return self.ep;
}

int prepare(lu_ep ep)
{
    static struct lu_prepare p;

    memset(&p, 0, sizeof(p));
    p.txn = 7;
    return sys_prepare(ep, &p);
}

int is_parked(lu_ep ep)
{
    for (int i = 0; i < 100 && info_of(ep).run_state != LU_RUN_PARKED; i++) {
        EQUAL(sys_alarm(sys_clock() + 20000000), 0);
        wait_note(LU_NOTE_PARKED | LU_NOTE_ALARM);
        EQUAL(sys_alarm(0), 0);
    }
    return info_of(ep).run_state == LU_RUN_PARKED;
}

lu_ep successor(const char *name, uint64_t plan_addr, uint64_t plan)
{
    struct lu_rights r = puppet_rights();
    lu_ep ep;

    r.flags = LU_RIGHT_DMA;
    ep = puppet_create(name, &r);
    CHECK(ep != LU_EP_NONE);
    EQUAL(sys_proc_write(ep, plan_addr, &plan, sizeof(plan)), 0);
    return ep;
}

void transfer(lu_ep old, lu_ep new_)
{
    EQUAL(sys_view_grant(old, new_), 0);
    EQUAL(puppet_start(new_, LU_START_UPDATE), 0);
    CHECK(is_parked(new_));
    EQUAL(info_of(new_).has_report, 1);
}

int swap(lu_ep old, lu_ep new_)
{
    struct lu_pair pair = {old, new_};

    return sys_upd(&pair, 1);
}

void commit_parked(lu_ep old, uint64_t plan_addr)
{
    lu_ep new_ = successor("a.new", plan_addr, PLAN_GOOD);

    transfer(old, new_);
    EQUAL(swap(old, new_), 0);
    EQUAL(sys_unprepare(old), 0); /* init */
    CHECK(is_parked(old));
    EQUAL(sys_proc_kill(new_), 0); /* commit */
    EQUAL(sys_unprepare(old), 0);
    drain_deaths();
}

void full_update(lu_ep old, uint64_t plan_addr)
{
    EQUAL(prepare(old), 0);
    CHECK(is_parked(old));
    commit_parked(old, plan_addr);
}
