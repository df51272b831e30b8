/* SPDX-License-Identifier: MIT
 *
 * The undo ladder: refuse, cancel, hot rollback, restore.  The lowest rung that
 * fits is tried first; what the guest claims is checked against its memory, and
 * a guest that can't or won't is put back from the snapshot.
 */
#include "txn-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"

#define UNDO_MS 5000u

static void settle(struct hva_txn *t, const char *outcome, enum lu_rung rung)
{
    t->outcome = outcome;
    t->rung = rung;
}

/* A rung that a guest may claim: cancel or hot rollback. */
static bool claim_ok(int32_t rung)
{
    return rung == LU_RUNG_CANCEL || rung == LU_RUNG_ROLLBACK || rung == LU_RUNG_REFUSE;
}

static int ask_undo(struct hva_txn *t, struct lu_err *err)
{
    /* Without a snapshot nothing but the guest's own undo helps: it may take until its lease
     * has run out. */
    unsigned ms = t->saved ? UNDO_MS : LU_LEASE_MS + UNDO_MS;
    struct hva_wait w = {.want = {LU_CH_UNDONE},
                         .txn = t->id,
                         .health = true,
                         .silent_ms = t->saved ? HVA_TXN_SILENT_MS : ms};
    struct lu_ch_undone undone;
    struct hva_frame f;
    int r = t->g->link.fd < 0 ? hva_talk_status(t->g, true, (int)HVA_ANSWER_MS, err) : 0;

    if (r == 0)
        r = hva_txn_send(t, LU_CH_UNDO, err);
    if (!t->saved)
        t->g->last_heard_ns = hva_now_ns(); /* that it was silent before is no matter now */
    w.deadline_ns = hva_deadline(ms);
    if (r == 0)
        r = hva_talk_wait(t->g, &w, &f, err);
    if (r != 0)
        return r;
    memcpy(&undone, f.payload, sizeof(undone));
    t->guest_rung = claim_ok((int32_t)undone.rung) ? (int32_t)undone.rung : LU_RUNG_CANCEL;
    return 0;
}

/* The guest undoes by itself. */
static int undo_in_guest(struct hva_txn *t, struct lu_err *err)
{
    int r = claim_ok(t->guest_rung) ? 0 : ask_undo(t, err);

    if (r == 0)
        r = hva_txn_verify(t, false, err);
    return r;
}

/* What failed so badly that asking the guest makes no sense? */
static bool beyond_asking(struct hva_txn *t, struct lu_err *err)
{
    char text[256];

    if (hva_guest_epitaph(t->g, text, sizeof(text)))
        lu_err_set(err, -ENOTRECOVERABLE, "the guest's kernel panicked: %s", text);
    else if (t->g->site->ops->vm_resets(t->g->vm) != t->g->resets)
        lu_err_set(err, -ECONNRESET, "the guest reset itself");
    return err->code != 0;
}

static void not_undone(struct hva_txn *t, const char *why)
{
    size_t n = strlen(t->reason);

    if (strcmp(t->reason, why) != 0)
        snprintf(t->reason + n, sizeof(t->reason) - n, "; NOT undone: %s", why);
    hva_error(t->g->link.area, "txn %llu: %s", (unsigned long long)t->id, t->reason);
    settle(t, "not-undone", LU_RUNG_NONE);
}

static void undo_by_restore(struct hva_txn *t)
{
    struct lu_err err = {0};

    t->decided = false; /* a new agent must not commit what was given up */
    t->restoring = true;
    if (hva_txn_journal_state(t, &err) < 0)
        hva_warn(t->g->link.area, "%s", err.text);
    lu_err_clear(&err);
    if (hva_txn_restore(t, &err) < 0)
        not_undone(t, err.text);
    else
        settle(t, "undone", LU_RUNG_RESTORE);
}

static enum lu_rung undone_rung(const struct hva_txn *t)
{
    if (t->step <= LU_STEP_STAGE)
        return LU_RUNG_REFUSE;
    return t->guest_rung == LU_RUNG_ROLLBACK ? LU_RUNG_ROLLBACK : LU_RUNG_CANCEL;
}

static void climb(struct hva_txn *t)
{
    bool restore_first = t->saved && t->order && t->order->scn->undo_from == LU_RUNG_RESTORE;
    struct lu_err err = {0};

    if (!restore_first && !t->restoring && !beyond_asking(t, &err)) {
        if (undo_in_guest(t, &err) == 0) {
            enum lu_rung rung = undone_rung(t);

            settle(t, rung == LU_RUNG_REFUSE ? "refused" : "undone", rung);
            return;
        }
        hva_warn(t->g->link.area, "txn %llu: the guest did not undo by itself: %s",
                 (unsigned long long)t->id, err.text);
    }
    if (!t->saved)
        not_undone(t, err.text);
    else
        undo_by_restore(t);
}

void hva_txn_undo(struct hva_txn *t)
{
    if (!t->touched)
        settle(t, "refused", LU_RUNG_REFUSE);
    else if (!t->g->site->ops->vm_alive(t->g->vm))
        not_undone(t, "the guest's virtual machine ended");
    else
        climb(t);
    if (t->g->site->ops->vm_alive(t->g->vm))
        hva_txn_release(t);
    hva_txn_tell(t, NULL, "%s (%s)", t->outcome, lu_rung_word(t->rung));
}
