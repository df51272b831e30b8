/* SPDX-License-Identifier: MIT
 *
 * Settling what a dead agent left open.  The journal says how far it came, the
 * guest what it did since (it may have undone the transaction by itself when
 * its lease ran out), the guest's memory whether that is true.  Until the
 * outcome is known the leftover network filters keep dropping the guest's
 * output; peers send again.
 */
#include "txn-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"

#define STATUS_MS 10000u

static void parse_hex(const char *hex, uint8_t *ret)
{
    for (size_t i = 0; hex && i < LU_BUILD_ID_SIZE && strlen(hex) == 2 * LU_BUILD_ID_SIZE; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        ret[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

static void parse_state(struct hva_txn *t, json_t *entry)
{
    json_t *state = json_object_get(entry, "state"), *item;
    size_t i;

    t->id = (uint64_t)json_integer_value(json_object_get(entry, "txn"));
    t->start_wall_ns = (uint64_t)json_integer_value(json_object_get(entry, "started_ns"));
    t->start_ns = hva_now_ns();
    t->step = (enum lu_step)json_integer_value(json_object_get(entry, "step"));
    t->touched = json_is_true(json_object_get(state, "touched"));
    t->saved = json_is_true(json_object_get(state, "saved"));
    t->decided = json_is_true(json_object_get(state, "decided"));
    t->restoring = json_is_true(json_object_get(state, "restoring"));
    t->saved_ns = (uint64_t)json_integer_value(json_object_get(state, "saved_ns"));
    t->guest_rung = -1;
    t->armed = true;
    json_array_foreach(json_object_get(state, "components"), i, item)
    {
        struct hva_txn_component *c = &t->components[t->n];
        const char *name = json_string_value(json_object_get(item, "name"));

        if (t->n == LU_TXN_MAX_COMPONENTS || !name)
            break;
        snprintf(c->name, sizeof(c->name), "%s", name);
        parse_hex(json_string_value(json_object_get(item, "old")), c->old_id);
        parse_hex(json_string_value(json_object_get(item, "new")), c->new_id);
        t->n++;
    }
}

static int finish_commit(struct hva_txn *t, struct lu_err *err)
{
    struct hva_wait w = {.want = {LU_CH_COMMITTED, LU_CH_UNDONE},
                         .txn = t->id,
                         .deadline_ns = hva_deadline(HVA_ANSWER_MS),
                         .health = true};
    struct hva_frame f;
    int r = hva_txn_send(t, LU_CH_COMMIT, err);

    if (r == 0)
        r = hva_talk_wait(t->g, &w, &f, err);
    if (r == 0 && f.head.type != LU_CH_COMMITTED)
        r = lu_err_set(err, -ECANCELED, "the guest had undone it by itself");
    return r < 0 ? r : hva_txn_verify(t, true, err);
}

static void committed(struct hva_txn *t)
{
    t->outcome = "committed";
    t->rung = LU_RUNG_NONE;
    hva_txn_release(t);
}

/* What the guest did while nobody was there. */
static bool settled_alone(struct hva_txn *t, const struct lu_ch_status *s)
{
    if (s->txn != 0 || s->last_txn != t->id)
        return false;
    if (s->last_outcome == 1 && hva_txn_verify(t, true, NULL) == 0) {
        committed(t);
        return true;
    }
    if (s->last_outcome == 2)
        t->guest_rung = s->last_rung == LU_RUNG_ROLLBACK ? LU_RUNG_ROLLBACK : LU_RUNG_CANCEL;
    return false; /* undone: the ladder checks it and settles */
}

static void settle_live(struct hva_txn *t)
{
    struct lu_ch_component running[HVA_STATUS_MAX];
    struct lu_ch_status status;
    struct lu_err err = {0};
    size_t n;

    if (t->restoring || hva_talk_status(t->g, true, (int)STATUS_MS, &err) < 0) {
        hva_txn_undo(t);
        return;
    }
    hva_guest_status(t->g, &status, running, &n);
    if (settled_alone(t, &status))
        return;
    if (status.txn == t->id && t->decided) {
        if (finish_commit(t, &err) == 0) {
            committed(t);
            return;
        }
        hva_warn(t->g->link.area, "txn %llu: %s", (unsigned long long)t->id, err.text);
    }
    if (status.txn == 0 && status.last_txn != t->id)
        t->guest_rung = LU_RUNG_CANCEL; /* never got there */
    hva_txn_undo(t);
}

static void journal_settled(struct hva_journal *journal, uint64_t txn, const char *outcome,
                            json_t *report)
{
    struct lu_err err = {0};

    if (hva_journal_txn_settle(journal, txn, outcome, report, &err) < 0)
        hva_error("journal", "txn %llu: %s", (unsigned long long)txn, err.text);
}

void hva_txn_settle(struct hva_guest *g, json_t *entry)
{
    struct hva_txn t = {.g = g};
    struct lu_err err = {0};
    json_t *report;

    parse_state(&t, entry);
    snprintf(t.reason, sizeof(t.reason), "the agent ended in step %s", lu_step_word(t.step));
    hva_info(g->link.area, "txn %llu was left open: %s", (unsigned long long)t.id, t.reason);
    if (!t.restoring && g->site->ops->vm_resume(g->vm, &err) < 0)
        hva_warn(g->link.area, "%s", err.text);
    settle_live(&t);
    report = hva_txn_report(&t);
    json_object_set(report, "scenario", json_object_get(entry, "scenario"));
    journal_settled(g->site->journal, t.id, t.outcome, report);
    hva_info(g->link.area, "txn %llu settled: %s (%s)", (unsigned long long)t.id, t.outcome,
             lu_rung_word(t.rung));
    json_decref(report);
    hva_ram_copy_close(&t.copy);
}

void hva_txn_settle_lost(struct hva_journal *journal, json_t *entry)
{
    uint64_t txn = (uint64_t)json_integer_value(json_object_get(entry, "txn"));
    const char *guest = json_string_value(json_object_get(entry, "guest"));
    bool touched = json_is_true(json_object_get(json_object_get(entry, "state"), "touched"));
    const char *outcome = touched ? "not-undone" : "refused";
    enum lu_rung rung = touched ? LU_RUNG_NONE : LU_RUNG_REFUSE;
    enum lu_step step = (enum lu_step)json_integer_value(json_object_get(entry, "step"));
    char started[32];
    json_t *report;

    hva_iso_time((uint64_t)json_integer_value(json_object_get(entry, "started_ns")), started,
                 sizeof(started));
    report = json_pack("{s:I, s:s, s:O, s:s, s:s, s:s, s:s, s:s}", "txn", (json_int_t)txn, "guest",
                       guest, "scenario", json_object_get(entry, "scenario"), "started", started,
                       "outcome", outcome, "rung", lu_rung_word(rung), "step", lu_step_word(step),
                       "reason", "the agent and the guest ended");
    hva_warn("journal", "txn %llu of guest %s: the guest is gone", (unsigned long long)txn, guest);
    journal_settled(journal, txn, outcome, report);
    json_decref(report);
}
