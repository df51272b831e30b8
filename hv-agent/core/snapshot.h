/* SPDX-License-Identifier: MIT
 *
 * Snapshots that a user takes of a guest: device state inside QEMU's vmstate
 * disk, memory in a sparse file, the rest in the journal.  They survive the
 * agent, not the guest.  Runs on the guest's worker.
 */
#pragma once

#include "guest.h"

#define HVA_SNAPSHOT_NAME_MAX 48u

/* Each hands out the method's result.  -EEXIST, -ENOENT. */
int hva_snapshot_take(struct hva_guest *g, const char *name, json_t **ret, struct lu_err *err);
int hva_snapshot_restore(struct hva_guest *g, const char *name, json_t **ret, struct lu_err *err);
int hva_snapshot_drop(struct hva_guest *g, const char *name, json_t **ret, struct lu_err *err);
/* Any thread. */
int hva_snapshot_list(struct hva_journal *j, const char *guest, json_t **ret, struct lu_err *err);
