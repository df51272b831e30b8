/* SPDX-License-Identifier: MIT
 *
 * From prepare to commit.  The members go together: the phase ends when all are
 * done with it, and the first that fails undoes it for all.
 */
#include "txn.h"

#include <stdio.h>
#include <string.h>

#include <lu/log.h>
#include <lu/sys.h>

#include "link.h"
#include "why.h"

#define NS_PER_MS 1000000ull
#define DEADLINE_MAX_MS 600000u

static void ask(const struct request *rq)
{
    txn.request = rq->seq;
    txn.request_type = rq->type;
}

static void phase_enter(enum txn_phase phase)
{
    txn.phase = phase;
    txn.deadline = 0;
    for (uint32_t i = 0; i < txn.n_members; i++)
        txn.members[i].done = false;
}

static uint64_t deadline_in(uint32_t ms)
{
    return sys_clock() + (ms < DEADLINE_MAX_MS ? ms : DEADLINE_MAX_MS) * NS_PER_MS;
}

void txn_lease(void)
{
    if (txn.phase == TXN_STAGING || txn.phase == TXN_STAGED || txn.phase == TXN_READY ||
        txn.phase == TXN_INITED)
        txn.deadline = deadline_in(LU_LEASE_MS);
}

static bool all_done(void)
{
    for (uint32_t i = 0; i < txn.n_members; i++)
        if (!txn.members[i].done)
            return false;
    return true;
}

/* ---- prepare ---- */

void txn_prepare(const struct request *rq, const struct lu_ch_prepare *p)
{
    if (!txn_expect(rq, p->txn, TXN_STAGED, "PREPARE"))
        return;
    if (p->count != txn.n_members) {
        link_send_error(rq->type, rq->seq, -LU_EPROTO, "PREPARE of %u components, staged were %u",
                        p->count, txn.n_members);
        return;
    }
    ask(rq);
    phase_enter(TXN_PREPARING);
    txn.deadline = deadline_in(p->deadline_ms);
    for (uint32_t i = 0; i < txn.n_members; i++) {
        struct txn_member *m = &txn.members[i];
        struct lu_prepare asked = p->components[i].prepare;
        int ret;

        asked.txn = txn.id;
        m->deadline = p->components[i].transfer_deadline_ms; /* a length until PROCEED */
        ret = sys_prepare(m->component->ep, &asked);
        if (ret < 0) {
            txn_fail(m, LU_STEP_PREPARE, ret, NULL, "cannot be asked to prepare: %s",
                     lu_strerror(ret));
            return;
        }
    }
    txn_look();
}

/* False: it failed, the transaction is gone. */
static bool prepare_look(struct txn_member *m)
{
    struct lu_proc_info info = {0};

    if (sys_proc_info(m->component->ep, &info) < 0)
        return true; /* dead: its record will tell */
    m->done = info.prep_state == LU_PREP_PARKED;
    if (info.prep_state == LU_PREP_FILTER_ERROR && info.prep_detail == LU_EFORMAT) {
        txn_fail(m, LU_STEP_PREPARE, -LU_EFORMAT, NULL, "the state filter's code is malformed");
        return false;
    }
    return true;
}

static void prepare_done(void)
{
    struct lu_ch_txn t = {txn.id};

    phase_enter(TXN_READY);
    txn_lease();
    link_send(LU_CH_READY, txn.request, &t, sizeof(t));
}

/* ---- proceed ---- */

void txn_proceed(const struct request *rq, uint64_t id)
{
    if (!txn_expect(rq, id, TXN_READY, "PROCEED"))
        return;
    ask(rq);
    phase_enter(TXN_MOVING);
    for (uint32_t i = 0; i < txn.n_members; i++) {
        struct txn_member *m = &txn.members[i];
        int ret = sys_view_grant(m->component->ep, m->temp);

        m->deadline = deadline_in((uint32_t)m->deadline);
        if (ret == 0)
            ret = sys_proc_start(m->temp, m->image.entry, LU_START_UPDATE, m->image.build_id);
        if (ret < 0) {
            txn_fail(m, LU_STEP_METADATA, ret, NULL, "the new version cannot be started: %s",
                     lu_strerror(ret));
            return;
        }
    }
}

/* Takes the news out of a new version's report; false: it failed. */
static bool report_take(struct txn_member *m, const struct lu_proc_info *info)
{
    const struct lu_upd_report *r = &info->report;

    if (!info->has_report)
        return true;
    if (r->status < 0) {
        txn_fail(m, r->step < LU_STEP_COUNT ? (enum lu_step)r->step : txn_step(), r->status,
                 r->path, "%s", *r->text ? r->text : lu_strerror(r->status));
        return false;
    }
    if (r->step > m->step && r->step <= LU_STEP_INIT) {
        m->step = r->step;
        txn_progress((enum lu_step)r->step, (uint32_t)(m - txn.members));
    }
    return true;
}

static bool moving_look(struct txn_member *m)
{
    struct lu_proc_info info = {0};

    if (m->done || sys_proc_info(m->temp, &info) < 0)
        return true;
    if (!report_take(m, &info))
        return false;
    m->done = info.run_state == LU_RUN_PARKED && m->step == LU_STEP_TRANSFER;
    if (m->done) {
        m->result = (struct lu_ch_result){.moved = info.report.moved, .ns = info.report.ns};
        memcpy(m->result.component, m->component->name, sizeof(m->result.component));
    }
    return true;
}

/* Step control: the slots change bodies, all or none. */
static void moving_done(void)
{
    struct lu_pair pairs[LU_TXN_MAX_COMPONENTS];
    int ret;

    txn_progress(LU_STEP_CONTROL, ~0u);
    for (uint32_t i = 0; i < txn.n_members; i++)
        pairs[i] = (struct lu_pair){txn.members[i].component->ep, txn.members[i].temp};
    ret = sys_upd(pairs, txn.n_members);
    if (ret < 0) {
        txn_fail(NULL, LU_STEP_CONTROL, ret, NULL, "the kernel refused the swap: %s",
                 lu_strerror(ret));
        return;
    }
    txn.swapped = true;
    phase_enter(TXN_INIT);
    for (uint32_t i = 0; i < txn.n_members; i++) {
        struct txn_member *m = &txn.members[i];

        if (m->n_extra > 0)
            sys_proc_rights(m->component->ep, &m->rights);
        sys_unprepare(m->component->ep);
    }
}

static bool init_look(struct txn_member *m)
{
    struct lu_proc_info info = {0};

    if (m->done || sys_proc_info(m->component->ep, &info) < 0)
        return true;
    if (!report_take(m, &info))
        return false;
    m->done = info.run_state == LU_RUN_PARKED && m->step == LU_STEP_INIT;
    return true;
}

static void init_done(void)
{
    struct {
        struct lu_ch_txn txn;
        struct lu_ch_result results[LU_TXN_MAX_COMPONENTS];
    } inited = {.txn = {txn.id}};

    for (uint32_t i = 0; i < txn.n_members; i++)
        inited.results[i] = txn.members[i].result;
    phase_enter(TXN_INITED);
    txn_lease();
    link_send(LU_CH_INITED, txn.request, &inited,
              (uint32_t)(sizeof(inited.txn) + txn.n_members * sizeof(inited.results[0])));
}

void txn_look(void)
{
    static const struct {
        bool (*look)(struct txn_member *m);
        void (*done)(void);
    } phases[] = {
        [TXN_PREPARING] = {prepare_look, prepare_done},
        [TXN_MOVING] = {moving_look, moving_done},
        [TXN_INIT] = {init_look, init_done},
    };
    const enum txn_phase phase = txn.phase;

    if (phase >= sizeof(phases) / sizeof(phases[0]) || !phases[phase].look)
        return;
    for (uint32_t i = 0; i < txn.n_members; i++)
        if (!phases[phase].look(&txn.members[i]))
            return;
    if (all_done())
        phases[phase].done();
}

/* ---- commit ---- */

void txn_commit(const struct request *rq, uint64_t id)
{
    struct lu_ch_txn t = {id};

    if (txn.phase == TXN_NONE && id == txn_last.id && txn_last.outcome == 1) {
        link_send(LU_CH_COMMITTED, rq->seq, &t, sizeof(t)); /* done already */
        return;
    }
    if (!txn_expect(rq, id, TXN_INITED, "COMMIT"))
        return;
    for (uint32_t i = 0; i < txn.n_members; i++) {
        struct txn_member *m = &txn.members[i];

        sys_proc_kill(m->temp); /* the old body: this makes the swap final */
        m->component->rights = m->rights;
        component_adopt(m->component, &m->image, &m->image_mem);
    }
    for (uint32_t i = 0; i < txn.n_members; i++)
        sys_unprepare(txn.members[i].component->ep);
    link_send(LU_CH_COMMITTED, rq->seq, &t, sizeof(t));
    txn_settle(1, LU_RUNG_NONE);
}

/* ---- failures that come from outside ---- */

/* How far the member's new version came. */
static enum lu_step member_step(const struct txn_member *m)
{
    if (txn.phase != TXN_MOVING)
        return txn_step();
    return m->step > LU_STEP_METADATA ? (enum lu_step)m->step : LU_STEP_METADATA;
}

bool txn_death(const struct lu_exit *e)
{
    for (uint32_t i = 0; i < txn.n_members; i++) {
        struct txn_member *m = &txn.members[i];
        bool new_ = txn.swapped ? e->ep == m->component->ep : e->ep == m->temp;
        bool old = !txn.swapped && e->ep == m->component->ep;
        struct lu_proc_info info = {0};
        char text[WHY_MAX];

        if (!new_ && !(old && txn.phase >= TXN_PREPARING))
            continue;
        (void)sys_proc_info(e->ep, &info);
        /* a report of failure says more than the exit that follows it */
        if (new_ && !report_take(m, &info))
            return true;
        why_died(e, text);
        txn_fail(m, member_step(m), -LU_ECRASH, NULL, "%s version %s", new_ ? "the new" : "the old",
                 text);
        return true;
    }
    return false;
}

uint64_t txn_deadline(void)
{
    uint64_t first = txn.deadline;

    if (txn.phase == TXN_MOVING || txn.phase == TXN_INIT)
        for (uint32_t i = 0; i < txn.n_members; i++)
            if (!txn.members[i].done && (!first || txn.members[i].deadline < first))
                first = txn.members[i].deadline;
    return first;
}

static void late(const struct txn_member *m)
{
    char path[WHY_PATH_MAX] = "", text[WHY_MAX];

    if (txn.phase == TXN_PREPARING)
        why_not_ready(m->component->ep, path, text);
    else
        snprintf(text, sizeof(text), "the new version was not done in time");
    txn_fail(m, member_step(m), -LU_ETIMEDOUT, path, "%s", text);
}

void txn_timeout(uint64_t now)
{
    if (!txn_deadline() || now < txn_deadline())
        return;
    if (txn.phase != TXN_PREPARING && txn.phase != TXN_MOVING && txn.phase != TXN_INIT) {
        txn.request = 0;
        txn.request_type = 0;
        txn_fail(NULL, txn_step(), -LU_ETIMEDOUT, NULL, "nothing heard of the agent for %u ms",
                 LU_LEASE_MS);
        return;
    }
    for (uint32_t i = 0; i < txn.n_members; i++) {
        const struct txn_member *m = &txn.members[i];

        if (!m->done && (txn.phase == TXN_PREPARING || now >= m->deadline)) {
            late(m);
            return;
        }
    }
}
