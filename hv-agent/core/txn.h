/* SPDX-License-Identifier: MIT
 *
 * One update transaction on one guest, as DESIGN-level steps validate .. cleanup
 * with the undo ladder.  Runs on the guest's worker.  Every step is journalled
 * before it is acted on; settling an open transaction of a dead agent is here
 * too.
 */
#pragma once

#include "guest.h"
#include "scenario/scenario.h"

/* Progress: a step begins (`step` NULL: only text). `ms` since the transaction began. */
typedef void hva_progress_fn(void *arg, uint64_t txn, const char *step, const char *component,
                             double ms, const char *text);

struct hva_txn_order {
    const struct lu_scenario *scn;
    const char *base_dir; /* of the scenario file; may be NULL */
    hva_progress_fn *progress;
    void *arg;
};

/* Runs the transaction to its end, whatever that is, and hands out the report.  Fails only
 * when not even a journal entry could be made. */
int hva_txn_run(struct hva_guest *g, const struct hva_txn_order *order, json_t **ret_report,
                struct lu_err *err);

/* Plan only: {"scenario", "components"}.  -EINVAL: refused, with *ret_where / path filled. */
struct hva_refused {
    char where[512], path[256], component[32];
};
int hva_txn_plan(struct hva_guest *g, const struct hva_txn_order *order, json_t **ret,
                 struct hva_refused *refused, struct lu_err *err);

/* Settles an open transaction that the journal lists (`entry` of hva_journal_txn_open). */
void hva_txn_settle(struct hva_guest *g, json_t *entry);

/* Settles one whose guest is gone. */
void hva_txn_settle_lost(struct hva_journal *journal, json_t *entry);
