/* SPDX-License-Identifier: MIT
 *
 * Freeze, keep, put back.  What can be done while the guest runs is done
 * before the pause: a first copy of RAM, the parts of the network hold.
 */
#include "txn-private.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "snapshot.h"

#define OPS(t) ((t)->g->site->ops)

static int open_copy(struct hva_txn *t, struct lu_err *err)
{
    char path[HVA_PATH_MAX];
    int r = hva_path(path, sizeof(path), err, "%s/" HVA_TXN_RAM_FILE, t->g->dir);

    return r < 0 ? r : hva_ram_copy_open(path, t->g->ram.size, &t->copy, err);
}

int hva_txn_copy_ahead(struct hva_txn *t, struct lu_err *err)
{
    int r = open_copy(t, err);

    return r < 0 ? r : hva_ram_copy_take(&t->copy, &t->g->ram, err);
}

int hva_txn_arm(struct hva_txn *t, struct lu_err *err)
{
    struct hva_net_fds fds;
    int r = hva_ram_copy_take(&t->copy, &t->g->ram, err);

    if (r == 0)
        r = OPS(t)->net_arm(t->g->vm, &fds, err);
    if (r < 0)
        return r;
    t->armed = true;
    r = hva_gate_new(&fds, t->g->site->hold_limit, &t->gate, err);
    if (r < 0) {
        hva_close_fd(&fds.out);
        hva_close_fd(&fds.inject);
        hva_close_fd(&fds.seen);
        hva_close_fd(&fds.replay);
    }
    return r;
}

static int freeze(struct hva_txn *t, struct lu_err *err)
{
    int r;

    t->hold_ns = hva_now_ns();
    r = OPS(t)->net_switch(t->g->vm, true, err);
    if (r == 0)
        r = hva_txn_verify_frozen(t, false, err);
    if (r == 0)
        r = hva_txn_filters_frozen(t, err);
    if (r == 0)
        r = OPS(t)->vm_save(t->g->vm, HVA_TXN_TAG, err);
    t->saved_ns = hva_now_ns();
    return r < 0 ? r : hva_ram_copy_take(&t->copy, &t->g->ram, err);
}

int hva_txn_snapshot(struct hva_txn *t, struct lu_err *err)
{
    uint64_t start = hva_now_ns();
    struct lu_err resumed = {0};
    int r = OPS(t)->vm_pause(t->g->vm, err);

    if (r == 0)
        r = freeze(t, err);
    if (OPS(t)->vm_resume(t->g->vm, &resumed) < 0 && r == 0)
        r = lu_err_set(err, resumed.code, "%s", resumed.text);
    t->pause_ms += hva_ms_since(start);
    t->g->last_heard_ns = hva_now_ns();
    if (r < 0)
        return r;
    t->saved = true;
    hva_txn_tell(t, NULL, "guest paused for %.1f ms", t->pause_ms);
    r = hva_txn_journal_state(t, err);
    return r < 0 ? r : hva_txn_rehearse(t, err);
}

int hva_txn_check(struct hva_txn *t, struct lu_err *err)
{
    uint64_t start = hva_now_ns();
    struct lu_err resumed = {0};
    int r = hva_txn_check_figures(t, err);

    if (r < 0)
        return r;
    r = OPS(t)->vm_pause(t->g->vm, err);
    if (r == 0)
        r = hva_txn_verify_frozen(t, true, err);
    if (r == 0)
        r = hva_txn_audit_frozen(t, err);
    if (OPS(t)->vm_resume(t->g->vm, &resumed) < 0 && r == 0)
        r = lu_err_set(err, resumed.code, "%s", resumed.text);
    t->pause_ms += hva_ms_since(start);
    if (r == 0 && hva_ms_since(start) > t->order->scn->check_ms)
        r = lu_err_set(err, -ETIMEDOUT, "the check took longer than %u ms",
                       t->order->scn->check_ms);
    return r;
}

static void end_hold(struct hva_txn *t)
{
    struct hva_gate_stats stats;

    hva_gate_stats(t->gate, &stats);
    t->held_frames = stats.held_frames;
    t->hold_ms = t->hold_ns ? hva_ms_since(t->hold_ns) : 0;
}

/* The vCPU stands while frames go out and the hold is switched off: nothing overtakes. */
static int let_out(struct hva_txn *t, struct lu_err *err)
{
    uint64_t start = hva_now_ns();
    int r = OPS(t)->vm_pause(t->g->vm, err), r2;

    if (r < 0)
        return r;
    r = hva_gate_release(t->gate, err);
    end_hold(t);
    r2 = OPS(t)->net_switch(t->g->vm, false, r < 0 ? NULL : err);
    if (r == 0)
        r = r2;
    r2 = OPS(t)->vm_resume(t->g->vm, r < 0 ? NULL : err);
    t->pause_ms += hva_ms_since(start);
    return r < 0 ? r : r2;
}

void hva_txn_release(struct hva_txn *t)
{
    struct lu_err err = {0};
    int r = 0;

    if (t->hold_ns && t->gate)
        r = let_out(t, &err);
    if (r < 0) /* frames are lost, as on any network: peers send again */
        hva_warn(t->g->link.area, "%s", err.text);
    lu_err_clear(&err);
    if (t->armed && OPS(t)->net_remove(t->g->vm, &err) < 0)
        hva_warn(t->g->link.area, "removing the network hold: %s", err.text);
    t->armed = false;
    lu_err_clear(&err);
    if (t->saved && OPS(t)->vm_drop(t->g->vm, HVA_TXN_TAG, &err) < 0)
        hva_warn(t->g->link.area, "dropping the snapshot: %s", err.text);
    t->saved = false;
}

static int put_back(struct hva_txn *t, struct lu_err *err)
{
    uint64_t start = hva_now_ns(), pages = 0;
    struct lu_err gate_err = {0};
    int r = OPS(t)->vm_pause(t->g->vm, err);

    if (r == 0)
        r = hva_snapshot_put_back(t->g, HVA_TXN_TAG, &t->copy, &pages, err);
    if (r < 0) {
        OPS(t)->vm_resume(t->g->vm, NULL); /* whatever it is now, it need not stand */
        return r;
    }
    if (t->gate && hva_gate_discard(t->gate, &gate_err) < 0)
        hva_warn(t->g->link.area, "%s", gate_err.text);
    if (t->gate)
        end_hold(t);
    if (t->armed)
        OPS(t)->net_switch(t->g->vm, false, NULL); /* removed below in any case */
    hva_link_new_epoch(&t->g->link);
    t->g->resets = OPS(t)->vm_resets(t->g->vm);
    r = OPS(t)->vm_resume(t->g->vm, err);
    t->pause_ms += hva_ms_since(start);
    hva_txn_tell(t, NULL, "snapshot restored in %.1f ms, %llu pages written back",
                 hva_ms_since(start), (unsigned long long)pages);
    return r;
}

int hva_txn_restore(struct hva_txn *t, struct lu_err *err)
{
    int r = t->copy.map ? 0 : open_copy(t, err);

    if (r == 0)
        r = put_back(t, err);
    t->g->last_heard_ns = hva_now_ns();
    if (r == 0)
        r = hva_talk_restored(t->g, t->id, t->saved_ns, err);
    if (r == 0)
        r = hva_txn_verify(t, false, err);
    t->hold_ns = 0; /* nothing is held any more */
    return r < 0 ? lu_err_wrap(err, r, "restoring the snapshot") : 0;
}
