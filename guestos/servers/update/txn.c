/* SPDX-License-Identifier: MIT
 *
 * The open transaction's record and what all its phases use.
 */
#include "txn.h"

#include <lu/log.h>
#include <lu/sys.h>

#include "link.h"

struct txn txn;
struct txn_last txn_last;

/* What the phase is called in the journal and in reports. */
enum lu_step txn_step(void)
{
    enum lu_step step = LU_STEP_METADATA;

    switch (txn.phase) {
    case TXN_NONE:
        return LU_STEP_NONE;
    case TXN_STAGING:
    case TXN_STAGED:
        return LU_STEP_STAGE;
    case TXN_PREPARING:
        return LU_STEP_PREPARE;
    case TXN_READY:
        return LU_STEP_SNAPSHOT;
    case TXN_MOVING:
        for (uint32_t i = 0; i < txn.n_members; i++)
            if (txn.members[i].step > step)
                step = txn.members[i].step;
        return step;
    case TXN_INIT:
        return LU_STEP_INIT;
    case TXN_INITED:
        return LU_STEP_CHECK;
    }
    return LU_STEP_NONE;
}

bool txn_quiet(void)
{
    return txn.phase == TXN_READY;
}

bool txn_expect(const struct request *rq, uint64_t id, enum txn_phase phase, const char *what)
{
    if (txn.phase == TXN_NONE && id == txn_last.id && txn_last.outcome == 2) {
        struct lu_ch_failed f = {.txn = id,
                                 .rung = txn_last.rung,
                                 .error = -LU_ECANCELED,
                                 .frame_type = rq->type,
                                 .text = "the guest has undone the transaction before this"};

        link_send(LU_CH_FAILED, rq->seq, &f, sizeof(f));
        return false;
    }
    if (txn.phase != phase) {
        link_send_error(rq->type, rq->seq, -LU_EPROTO, "%s is out of place: transaction %llu is %s",
                        what, (unsigned long long)txn.id,
                        txn.phase == TXN_NONE ? "not open" : "in another step");
        return false;
    }
    if (txn.id != id) {
        link_send_error(rq->type, rq->seq, -LU_EPROTO, "%s for transaction %llu, open is %llu",
                        what, (unsigned long long)id, (unsigned long long)txn.id);
        return false;
    }
    return true;
}

void txn_progress(enum lu_step step, uint32_t index)
{
    struct lu_ch_progress p = {
        .txn = txn.id, .step = step, .index = index, .guest_ns = sys_clock()};

    link_send(LU_CH_PROGRESS, txn.request, &p, sizeof(p));
}
