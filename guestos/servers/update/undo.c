/* SPDX-License-Identifier: MIT
 *
 * The guest's rungs of the undo ladder: refuse (drop what was staged), cancel
 * (let the parked ones run on), hot rollback (the old bodies get their slots
 * back).  Each leaves the guest as it was before the transaction.
 */
#include "txn.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <lu/log.h>
#include <lu/sys.h>

#include "link.h"
#include "session.h"

/* A new version that hangs in its slot is ended: only a dead or parked body can
 * be swapped out. */
static void live_stop(const struct txn_member *m)
{
    struct lu_proc_info info = {0};

    if (sys_proc_info(m->component->ep, &info) == 0 && info.run_state != LU_RUN_PARKED &&
        info.run_state != LU_RUN_DEAD)
        sys_proc_kill(m->component->ep);
}

static int swap_back(void)
{
    struct lu_pair pairs[LU_TXN_MAX_COMPONENTS];

    for (uint32_t i = 0; i < txn.n_members; i++) {
        live_stop(&txn.members[i]);
        pairs[i] = (struct lu_pair){txn.members[i].component->ep, txn.members[i].temp};
    }
    return sys_upd(pairs, txn.n_members);
}

static void rights_back(void)
{
    for (uint32_t i = 0; i < txn.n_members; i++)
        if (txn.members[i].n_extra > 0)
            sys_proc_rights(txn.members[i].component->ep, &txn.members[i].component->rights);
}

static void temps_kill(void)
{
    for (uint32_t i = 0; i < txn.n_members; i++) {
        if (txn.members[i].temp != LU_EP_NONE)
            sys_proc_kill(txn.members[i].temp);
        txn.members[i].temp = LU_EP_NONE;
    }
}

static void olds_release(void)
{
    for (uint32_t i = 0; i < txn.n_members; i++)
        sys_unprepare(txn.members[i].component->ep);
}

enum lu_rung txn_unwind(void)
{
    const enum txn_phase phase = txn.phase;

    if (txn.swapped) {
        int ret = swap_back();

        if (ret < 0) {
            lu_log("hot rollback refused by the kernel: %s", lu_strerror(ret));
            return LU_RUNG_NONE;
        }
        rights_back();
        txn.swapped = false;
    }
    temps_kill();
    if (phase < TXN_PREPARING)
        return LU_RUNG_REFUSE;
    olds_release();
    return phase < TXN_MOVING ? LU_RUNG_CANCEL : LU_RUNG_ROLLBACK;
}

void txn_settle(uint32_t outcome, enum lu_rung rung)
{
    for (uint32_t i = 0; i < txn.n_members; i++) {
        region_free(&txn.members[i].image_mem);
        region_free(&txn.members[i].rules_mem);
    }
    txn_last = (struct txn_last){.id = txn.id, .outcome = outcome, .rung = rung};
    txn = (struct txn){.phase = TXN_NONE};
    session_settled();
}

void txn_fail(const struct txn_member *m, enum lu_step step, int error, const char *path,
              const char *fmt, ...)
{
    struct lu_ch_failed f = {
        .txn = txn.id, .step = step, .error = error, .frame_type = txn.request_type};
    const uint32_t request = txn.request;
    va_list ap;

    if (m)
        memcpy(f.component, m->component->name, sizeof(f.component));
    snprintf(f.path, sizeof(f.path), "%s", path ? path : "");
    va_start(ap, fmt);
    vsnprintf(f.text, sizeof(f.text), fmt, ap);
    va_end(ap);
    f.rung = txn_unwind();
    lu_log("transaction %llu undone: %s%s%s", (unsigned long long)f.txn, f.component,
           *f.component ? ": " : "", f.text);
    link_send(LU_CH_FAILED, request, &f, sizeof(f));
    txn_settle(2, f.rung);
}

static void say_not_undone(const struct request *rq, uint64_t id, int error, const char *text)
{
    struct lu_ch_failed f = {
        .txn = id, .step = LU_STEP_CLEANUP, .error = error, .frame_type = rq->type};

    snprintf(f.text, sizeof(f.text), "%s", text);
    link_send(LU_CH_FAILED, rq->seq, &f, sizeof(f));
}

/* The transaction is over, or never reached the guest: then there is nothing to undo. */
static void undo_settled(const struct request *rq, struct lu_ch_undone *u)
{
    if (u->txn == txn_last.id && txn_last.outcome == 1) {
        say_not_undone(rq, u->txn, -LU_EINVAL, "the transaction is committed");
        return;
    }
    if (u->txn == txn_last.id && txn_last.outcome == 2)
        u->rung = txn_last.rung;
    link_send(LU_CH_UNDONE, rq->seq, u, sizeof(*u));
}

void txn_undo(const struct request *rq, uint64_t id)
{
    struct lu_ch_undone u = {.txn = id, .rung = LU_RUNG_REFUSE};

    if (txn.phase == TXN_NONE) {
        undo_settled(rq, &u);
        return;
    }
    if (txn.id != id) {
        link_send_error(rq->type, rq->seq, -LU_ENOENT, "transaction %llu is not open, %llu is",
                        (unsigned long long)id, (unsigned long long)txn.id);
        return;
    }
    u.rung = txn_unwind();
    if (u.rung == LU_RUNG_NONE)
        say_not_undone(rq, id, -LU_EIO, "the hot rollback failed");
    else
        link_send(LU_CH_UNDONE, rq->seq, &u, sizeof(u));
    txn_settle(2, u.rung);
}
