/* SPDX-License-Identifier: MIT
 *
 * Snapshots that a user takes of a guest: device state inside QEMU's vmstate
 * disk, memory in a sparse file, the rest in the journal.  They survive the
 * agent, not the guest.  Runs on the guest's worker.
 */
#pragma once

#include "guest.h"
#include "ram-copy.h"

#define HVA_SNAPSHOT_NAME_MAX 48u

/* Each hands out the method's result.  -EEXIST, -ENOENT. */
int hva_snapshot_take(struct hva_guest *g, const char *name, json_t **ret, struct lu_err *err);
int hva_snapshot_restore(struct hva_guest *g, const char *name, json_t **ret, struct lu_err *err);
int hva_snapshot_drop(struct hva_guest *g, const char *name, json_t **ret, struct lu_err *err);
/* After an agent's end: does a restore that it began once more, and lets a guest run on that it
 * left standing. */
void hva_snapshot_finish(struct hva_guest *g);
/* Any thread. */
int hva_snapshot_list(struct hva_journal *j, const char *guest, json_t **ret, struct lu_err *err);

/* Device state and memory of a paused guest.  Memory is written before the devices are loaded,
 * for a virtio device compares its own state with the rings in memory, and again after it, for
 * loading resets the machine, which writes ROMs into memory. */
int hva_snapshot_put_back(struct hva_guest *g, const char *tag, const struct hva_ram_copy *copy,
                          uint64_t *ret_pages, struct lu_err *err);
