/* SPDX-License-Identifier: MIT
 *
 * The agent's memory that survives it: guests, transactions with every step,
 * user snapshots.  SQLite with a write-ahead log, synced at every commit: when a
 * function that writes has returned, what it wrote is on disk.  Thread-safe.
 */
#pragma once

#include "base/err.h"

#include <jansson.h>
#include <lu/step.h>
#include <stdbool.h>
#include <stdint.h>

struct hva_journal;

int hva_journal_open(const char *path, struct hva_journal **ret, struct lu_err *err);
void hva_journal_close(struct hva_journal *j);

/* --- guests: `spec` is the agent's business --- */
int hva_journal_guest_add(struct hva_journal *j, const char *name, json_t *spec,
                          struct lu_err *err);
int hva_journal_guest_drop(struct hva_journal *j, const char *name, struct lu_err *err);
/* *ret: array of {"name", "spec"} */
int hva_journal_guests(struct hva_journal *j, json_t **ret, struct lu_err *err);

/* --- transactions --- */
int hva_journal_txn_begin(struct hva_journal *j, const char *guest, const char *scenario,
                          uint64_t wall_ns, uint64_t *ret_txn, struct lu_err *err);
/* The transaction enters `step`. */
int hva_journal_txn_step(struct hva_journal *j, uint64_t txn, enum lu_step step, uint64_t wall_ns,
                         struct lu_err *err);
/* What a new agent must know to settle it; replaces what was there. */
int hva_journal_txn_state(struct hva_journal *j, uint64_t txn, json_t *state, struct lu_err *err);
/* The end: the report is what history.report answers. */
int hva_journal_txn_settle(struct hva_journal *j, uint64_t txn, const char *outcome, json_t *report,
                           struct lu_err *err);
/* Open ones: array of {"txn", "guest", "scenario", "started_ns", "step" (number), "state"}. */
int hva_journal_txn_open(struct hva_journal *j, json_t **ret, struct lu_err *err);
/* The `limit` newest, newest first; `guest` NULL: of all guests.  Array of reports' heads. */
int hva_journal_history(struct hva_journal *j, const char *guest, uint32_t limit, json_t **ret,
                        struct lu_err *err);
/* -ENOENT.  An open transaction's report says so. */
int hva_journal_report(struct hva_journal *j, uint64_t txn, json_t **ret, struct lu_err *err);

/* --- user snapshots: `info` is the agent's business --- */
int hva_journal_snapshot_add(struct hva_journal *j, const char *guest, const char *name,
                             json_t *info, struct lu_err *err); /* -EEXIST */
int hva_journal_snapshot_set(struct hva_journal *j, const char *guest, const char *name,
                             json_t *info, struct lu_err *err);
int hva_journal_snapshot_drop(struct hva_journal *j, const char *guest, const char *name,
                              struct lu_err *err);
/* Array of {"name", "info"}; oldest first. */
int hva_journal_snapshots(struct hva_journal *j, const char *guest, json_t **ret,
                          struct lu_err *err);
