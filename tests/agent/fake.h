/* SPDX-License-Identifier: MIT
 *
 * A hypervisor backend whose guests are threads: RAM is a mapping, the kernel's
 * introspection block and page tables lie in it as a real guest's would, the
 * channel is a socket pair, and the thread answers frames as the update server
 * does, except where a test tells it to misbehave.  What a snapshot must bring
 * back lies in RAM (struct fake_state) or counts as device state.
 */
#pragma once

#include "backend/backend.h"

#include <host/image.h>
#include <lu/channel.h>
#include <stdbool.h>
#include <stdint.h>

enum fake_fault {
    FAKE_GOOD = 0,
    FAKE_MUTE,            /* boots, and never reports in */
    FAKE_UNREACHABLE,     /* runs, but attaching to it fails */
    FAKE_PREPARE_FAILS,   /* LU_CH_FAILED with the cancel done */
    FAKE_PREPARE_STALLS,  /* stands still for longer than it may, then goes on */
    FAKE_PREPARE_PANICS,  /* epitaph */
    FAKE_PREPARE_NEVER,   /* heartbeats, but never READY */
    FAKE_READY_DIES,      /* READY, and right after it LU_CH_FAILED with the cancel done */
    FAKE_TRANSFER_FAILS,  /* LU_CH_FAILED with the hot rollback done */
    FAKE_TRANSFER_HANGS,  /* falls silent after PROCEED, memory spoilt */
    FAKE_TRANSFER_PANICS, /* epitaph */
    FAKE_TRANSFER_RESETS, /* the machine reset itself */
    FAKE_UNDO_LIES,       /* transfer fails, says undone, but the new version runs */
    FAKE_FIGURES_LIE,     /* INITED with one pointer more than there is */
    FAKE_INIT_LIES,       /* INITED although nothing was swapped */
    FAKE_COMMIT_NEVER,    /* does not answer COMMIT, nor UNDO */
    FAKE_GARBAGE,         /* junk, foreign and malformed frames among its answers */
    FAKE_FLOOD,           /* sends more network output than may be held, then goes on */
    FAKE_WAITS,           /* in transfer until fake_go */
    FAKE_RESTORE_DEAF,    /* hangs in transfer and does not answer RESTORED either */
};

#define FAKE_STALL_MS 3500u

/* One backend, one guest. */
struct fake;

/* `image_old` runs as component `name`; `image_new` is what its new version must be. */
struct fake *fake_new(const char *name, const char *image_old, const char *image_new);
void fake_free(struct fake *f); /* ends the guest's thread */
struct hva_backend *fake_backend(struct fake *f);
extern const struct hva_backend_ops fake_ops;

void fake_set_fault(struct fake *f, enum fake_fault fault);
void fake_go(struct fake *f);
/* Virtual memory of the running version: for filters that hold or not. */
void fake_poke(struct fake *f, uint64_t va, const void *bytes, size_t len);
/* Of the new one: what its transfer will have made. */
void fake_poke_new(struct fake *f, uint64_t va, const void *bytes, size_t len);

/* What an honest guest says that its transfer moved. */
void fake_moves(struct fake *f, struct lu_moved *ret);
/* The running version has given a peer this window, or has device memory there. */
void fake_share(struct fake *f, uint64_t addr, uint64_t len);
void fake_map_dma(struct fake *f, uint64_t addr, uint64_t len);

/* What the guest went through. */
struct fake_seen {
    unsigned hellos, stages, prepares, proceeds, commits, undos, restores, leases;
    uint32_t epoch;
    bool paused, alive;
    bool net_on, net_armed;
    unsigned snapshots; /* device states kept */
};
void fake_seen(struct fake *f, struct fake_seen *ret);
bool fake_runs_new(struct fake *f); /* by the slot in RAM */
uint64_t fake_open_txn(struct fake *f);
uint64_t fake_memory_sum(struct fake *f); /* of RAM that the transfer spoils */

/* For recovery: the guest stands in `txn` as if an agent had died. */
void fake_stand(struct fake *f, uint64_t txn, bool swapped);
void fake_pause(struct fake *f);
void fake_hang(struct fake *f); /* silent from now on, memory spoilt */
void fake_wake(struct fake *f); /* speaks again; memory stays as it is */
void fake_end(struct fake *f);  /* its virtual machine ended */
/* As an agent's snapshot: device state under `tag`, memory in the file. */
void fake_snapshot(struct fake *f, const char *tag, const char *ram_file);
/* It settled txn by itself: outcome 1 committed, 2 undone. */
void fake_settled(struct fake *f, uint64_t txn, uint32_t outcome, enum lu_rung rung);

/* The network while it is held: a frame from the guest, a frame to the guest; what went on to
 * the network, what the guest was given again (frames with their length before them). */
void fake_net_send(struct fake *f, const void *frame, size_t len);
void fake_net_deliver(struct fake *f, const void *frame, size_t len);
size_t fake_net_sent(struct fake *f, void *buf, size_t size);
size_t fake_net_replayed(struct fake *f, void *buf, size_t size);
