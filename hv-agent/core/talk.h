/* SPDX-License-Identifier: MIT
 *
 * Conversation with one guest over its channel, on the guest's worker: waiting
 * for an answer while heartbeats, events and progress come in, leases are
 * renewed, and the guest's health is watched from outside.
 */
#pragma once

#include "guest.h"

struct hva_wait {
    unsigned want[3];     /* frame types, 0 = none */
    uint64_t txn;         /* of the answer; 0: not looked at */
    uint64_t deadline_ns; /* monotonic */
    bool lease;           /* renew the transaction's lease meanwhile */
    bool health;          /* give up when the guest panics, resets or falls silent */
    unsigned silent_ms;   /* for so long; 0: HVA_TXN_SILENT_MS */
    void (*progress)(void *arg, const struct lu_ch_progress *p);
    void *arg;
};

/* 0 and the frame.  -ETIMEDOUT, -EPIPE (channel), -ENODEV (virtual machine ended), -ECONNRESET
 * (the guest reset itself), -EHOSTDOWN (silent), -ENOTRECOVERABLE (panicked). */
int hva_talk_wait(struct hva_guest *g, const struct hva_wait *w, struct hva_frame *ret,
                  struct lu_err *err);

/* For a worker that is busy on its own in a transaction: one look at what hva_talk_wait looks at,
 * without waiting.  1: a frame of w->want is in *ret; 0: go on; or an error of hva_talk_wait. */
int hva_talk_tend(struct hva_guest *g, const struct hva_wait *w, struct hva_frame *ret,
                  struct lu_err *err);

/* Deals with a frame nobody waits for. */
void hva_talk_hear(struct hva_guest *g, const struct hva_frame *f);

int hva_talk_connect(struct hva_guest *g, struct lu_err *err);
int hva_talk_hello(struct hva_guest *g, struct lu_err *err);
/* HELLO or QUERY, then the STATUS. */
int hva_talk_status(struct hva_guest *g, bool hello, int timeout_ms, struct lu_err *err);
/* Tells a guest that was put back to what it was at `taken_ns` (monotonic), and waits until it has
 * undone `txn` (0: none) and whatever else it believes to be in. */
int hva_talk_restored(struct hva_guest *g, uint64_t txn, uint64_t taken_ns, struct lu_err *err);

uint64_t hva_deadline(unsigned ms);
