/* SPDX-License-Identifier: MIT
 *
 * The commit gate: what the guest sends while a transaction is undecided is
 * kept here, in order, and what the network sends to the guest is remembered.
 * A thread of its own keeps the sockets empty, so that the hypervisor never
 * waits.  The end is either a release (held frames go out, in order) or a
 * discard (held frames are dropped, remembered ones are given to the restored
 * guest).  Both are called while the vCPU stands still, so nothing overtakes.
 */
#pragma once

#include "backend/backend.h"

struct hva_gate;

struct hva_gate_stats {
    size_t held_frames, held_bytes, seen_frames;
    bool overflow; /* more than the bound was sent: frames were dropped */
};

/* Takes over `fds`.  `limit`: bytes kept each way. */
int hva_gate_new(const struct hva_net_fds *fds, size_t limit, struct hva_gate **ret,
                 struct lu_err *err);
void hva_gate_stats(struct hva_gate *gate, struct hva_gate_stats *ret);
/* Held frames go out; returns when the hypervisor has taken them. */
int hva_gate_release(struct hva_gate *gate, struct lu_err *err);
/* Held frames are dropped, remembered ones go to the guest again. */
int hva_gate_discard(struct hva_gate *gate, struct lu_err *err);
void hva_gate_free(struct hva_gate *gate); /* NULL is fine; what is still held is dropped */
