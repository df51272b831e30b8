/* SPDX-License-Identifier: MIT
 *
 * What the files of the transaction share.
 */
#pragma once

#include "gate.h"
#include "introspect.h"
#include "plan.h"
#include "ram-copy.h"
#include "rehearse.h"
#include "talk.h"
#include "txn.h"

#define HVA_TXN_TAG "txn"          /* device state of the transaction's snapshot */
#define HVA_TXN_RAM_FILE "txn.ram" /* its memory, in the guest's directory */
#define HVA_ANSWER_MS 5000u        /* for answers that need no work in the guest */
#define HVA_SEND_MS 5000

/* What a component was and becomes; what the report tells. */
struct hva_txn_component {
    char name[LU_NAME_MAX];
    uint8_t old_id[LU_BUILD_ID_SIZE], new_id[LU_BUILD_ID_SIZE];
    struct lu_ch_result result;
    struct hva_rehearsal rehearsal;
    bool rehearsed; /* it was begun, or found to be off */
};

struct hva_txn_step {
    enum lu_step step;
    uint64_t start_ns;
};

struct hva_txn {
    struct hva_guest *g;
    const struct hva_txn_order *order;
    uint64_t id, start_ns, start_wall_ns;
    struct hva_plan plan;
    struct hva_txn_component components[LU_TXN_MAX_COMPONENTS];
    size_t n;

    enum lu_step step;
    struct hva_txn_step steps[LU_STEP_COUNT];
    size_t n_steps;

    bool touched;   /* the guest was told of the transaction */
    bool armed;     /* parts of the network hold exist */
    bool saved;     /* the snapshot is complete */
    bool decided;   /* commit is journalled */
    bool restoring; /* memory may be half old, half new: only the snapshot helps */
    struct hva_gate *gate;
    struct hva_ram_copy copy;
    uint64_t saved_ns; /* monotonic, when the snapshot was taken */
    uint64_t hold_ns;  /* monotonic, when the hold began; 0: never */

    /* Why it failed, and how far the guest says it has undone. */
    char component[LU_NAME_MAX + 1], reason[1024], where[512], path[256];
    int32_t guest_rung; /* enum lu_rung, -1: the guest said nothing */

    const char *outcome;
    enum lu_rung rung;
    double pause_ms, hold_ms, rehearse_ms;
    size_t held_frames;
};

/* --- txn.c --- */
/* Enters a step: journal first, then the test faults, then progress. */
int hva_txn_enter(struct hva_txn *t, enum lu_step step, struct lu_err *err);
int hva_txn_journal_state(struct hva_txn *t, struct lu_err *err);
void hva_txn_tell(struct hva_txn *t, const char *component, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Notes what a LU_CH_FAILED frame says; returns -EREMOTEIO. */
int hva_txn_failed(struct hva_txn *t, const struct hva_frame *f, struct lu_err *err);
/* Waits for one of up to two answers or LU_CH_FAILED. */
int hva_txn_wait(struct hva_txn *t, unsigned want, unsigned ms, struct hva_frame *ret,
                 struct lu_err *err);
int hva_txn_send(struct hva_txn *t, uint16_t type, struct lu_err *err); /* payload: lu_ch_txn */

/* --- txn-stage.c: frames up to ready --- */
int hva_txn_stage(struct hva_txn *t, struct lu_err *err);
int hva_txn_prepare(struct hva_txn *t, struct lu_err *err);
int hva_txn_proceed(struct hva_txn *t, struct lu_err *err);

/* --- txn-snapshot.c --- */
/* The first copy of RAM: the long one, made before the guest counts on our lease. */
int hva_txn_copy_ahead(struct hva_txn *t, struct lu_err *err);
int hva_txn_arm(struct hva_txn *t, struct lu_err *err); /* everything that needs no pause */
int hva_txn_snapshot(struct hva_txn *t, struct lu_err *err);
int hva_txn_check(struct hva_txn *t, struct lu_err *err);
int hva_txn_restore(struct hva_txn *t, struct lu_err *err);
/* Ends the hold (held frames go out) and drops the snapshot. */
void hva_txn_release(struct hva_txn *t);

/* --- txn-verify.c: what the guest's memory says --- */
/* All components run their old (or new) versions and the kernel is well.  Pauses the guest. */
int hva_txn_verify(struct hva_txn *t, bool new_version, struct lu_err *err);
/* The same for a paused guest. */
int hva_txn_verify_frozen(struct hva_txn *t, bool new_version, struct lu_err *err);
/* Component i's memory as it stands in `ram`, which must stay frozen. */
int hva_txn_view(struct hva_txn *t, const struct hva_ram *ram, size_t i,
                 struct hva_frozen *ret_frozen, struct st_view *ret_view, struct lu_err *err);
int hva_txn_filters_frozen(struct hva_txn *t, struct lu_err *err);
int hva_txn_audit_frozen(struct hva_txn *t, struct lu_err *err);

/* --- txn-rehearse.c --- */
int hva_txn_rehearse(struct hva_txn *t, struct lu_err *err);
/* What the guest says that its transfers did is what they did in the rehearsal. */
int hva_txn_check_figures(struct hva_txn *t, struct lu_err *err);

/* --- txn-undo.c --- */
/* Undoes as little as is needed; sets outcome and rung. */
void hva_txn_undo(struct hva_txn *t);

/* --- txn-report.c --- */
json_t *hva_txn_report(struct hva_txn *t);
