/* SPDX-License-Identifier: MIT
 *
 * The one open transaction, and the operations that the agent's frames, the
 * kernel's notifications and the watch call.  Every operation checks the phase;
 * one that is out of place changes nothing and is answered by LU_CH_ERROR.
 *
 *   NONE -> STAGING -> STAGED -> PREPARING -> READY -> MOVING -> INIT -> INITED -> NONE
 *
 * Undo leads back to NONE from everywhere.  All or nothing: the members go through
 * each phase together.
 */
#pragma once

#include <lu/channel.h>

#include "component.h"

enum txn_phase {
    TXN_NONE = 0,
    TXN_STAGING,   /* images come in; waits for the agent */
    TXN_STAGED,    /* all loaded as stopped processes; waits for the agent */
    TXN_PREPARING, /* members run to their update point */
    TXN_READY,     /* all parked; waits for the agent, quiet */
    TXN_MOVING,    /* new versions read the old ones' state */
    TXN_INIT,      /* swapped; init_live_update runs */
    TXN_INITED,    /* waits for the agent's verdict */
};

struct txn_member {
    struct component *component;
    struct region image_mem, rules_mem;
    uint32_t image_crc, n_extra;
    uint64_t received; /* bytes of the image */
    bool rules_due;    /* rules announced, not there yet */
    bool loaded, done; /* done: with the current phase */
    lu_ep temp;        /* the other slot: new body before the swap, old one after it */
    uint32_t step;     /* last one that the new version reported */
    uint64_t deadline; /* PROCEED to INITED */
    struct image image;
    struct lu_rights rights; /* of the slot once the new version runs in it */
    struct lu_ch_result result;
};

struct txn {
    uint64_t id;
    enum txn_phase phase;
    uint32_t n_members, n_staged; /* members[n_staged] is being staged */
    uint32_t request;             /* seq of the frame that waits for its answer */
    uint16_t request_type;
    bool swapped;
    uint64_t deadline; /* of the phase: prepare, or the agent's lease; 0 = none */
    struct txn_member members[LU_TXN_MAX_COMPONENTS];
};

/* Outcome of the last transaction, for LU_CH_STATUS. */
struct txn_last {
    uint64_t id;
    uint32_t outcome; /* 0 none, 1 committed, 2 undone */
    uint32_t rung;    /* enum lu_rung */
};

extern struct txn txn;
extern struct txn_last txn_last;

/* Who asks, for answers. */
struct request {
    uint32_t seq;
    uint16_t type;
};

/* ---- stage.c ---- */
void stage_begin(const struct request *rq, const struct lu_ch_stage *stage);
void stage_data(const struct request *rq, uint64_t offset, const uint8_t *bytes, uint32_t len);
void stage_rules(const struct request *rq, const uint8_t *bytes, uint32_t len);
void stage_end(const struct request *rq);

/* ---- move.c ---- */
void txn_prepare(const struct request *rq, const struct lu_ch_prepare *p);
void txn_proceed(const struct request *rq, uint64_t id);
void txn_commit(const struct request *rq, uint64_t id);
/* Somebody parked or reported: look at all members. */
void txn_look(void);
/* A process died.  True if it belonged to the transaction: then it is undone, and
 * a component of that endpoint that is really dead is for the supervisor. */
bool txn_death(const struct lu_exit *e);
/* Deadlines and the agent's lease. */
uint64_t txn_deadline(void);
void txn_timeout(uint64_t now);
/* A frame of the agent's came: its lease begins anew. */
void txn_lease(void);

/* ---- undo.c ---- */
/* Undoes and answers with LU_CH_FAILED.  `m` = whose fault, or NULL. */
void txn_fail(const struct txn_member *m, enum lu_step step, int error, const char *path,
              const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The agent wants it undone (LU_CH_UNDO), or it has restored a snapshot. */
void txn_undo(const struct request *rq, uint64_t id);
/* Undoes without an answer; the rung that it took. */
enum lu_rung txn_unwind(void);
/* Forgets the transaction; what is left of the members' memory is freed. */
void txn_settle(uint32_t outcome, enum lu_rung rung);

/* ---- txn.c ---- */
enum lu_step txn_step(void);
/* The quiet time of lu/channel.h. */
bool txn_quiet(void);
/* Checks phase and id; false = LU_CH_ERROR was sent, or LU_CH_FAILED if that
 * transaction is undone already. */
bool txn_expect(const struct request *rq, uint64_t id, enum txn_phase phase, const char *what);
void txn_progress(enum lu_step step, uint32_t index);
