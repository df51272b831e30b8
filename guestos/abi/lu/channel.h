/* SPDX-License-Identifier: MIT
 *
 * The paravirtual channel: frames between hv-agent and the guest's update
 * server over a virtio-serial port named LU_CHANNEL_PORT.  A byte stream each
 * way; a frame is a header and `len` bytes of payload.  Both sides treat the
 * other as hostile: a frame that is malformed, too long, out of place or has a
 * wrong checksum is answered by LU_CH_ERROR and dropped; a reader resynchronises
 * on the magic.
 *
 * `epoch` guards against frames from before a snapshot restore: the agent picks
 * a new epoch in each LU_CH_HELLO and LU_CH_RESTORED; the guest stamps every
 * frame with the last epoch it was told; the agent drops frames of another
 * epoch.  `seq` counts frames of one sender within an epoch; a reply carries
 * the seq of its request in `reply_to` (0 = unsolicited).
 *
 * One transaction at a time.  Quiet rule: between LU_CH_READY and the agent's
 * next frame the guest sends nothing (heartbeats neither), so that the snapshot
 * never cuts a frame.
 */
#pragma once

#include <lu/call.h>
#include <lu/step.h>

#define LU_CHANNEL_PORT "org.protean.channel.0"
#define LU_CHANNEL_MAGIC 0x4c554348u /* "HCUL" in memory */
#define LU_CHANNEL_VERSION 2u        /* 2: lu_ch_result says more */
#define LU_CHANNEL_MAX 32768u        /* bytes of payload */
#define LU_IMAGE_MAX (16u << 20)
#define LU_TXN_MAX_COMPONENTS 8u

struct lu_frame {
    uint32_t magic;
    uint16_t version;
    uint16_t type; /* enum lu_frame_type */
    uint32_t epoch;
    uint32_t seq;
    uint32_t reply_to;
    uint32_t len;
    uint32_t payload_crc; /* CRC-32 (IEEE 802.3, reflected, as zlib's crc32) of the payload */
    uint32_t header_crc;  /* of the 28 bytes before it */
};
_Static_assert(sizeof(struct lu_frame) == 32, "lu_frame is wire format");

/* A: agent to guest, G: guest to agent.  The payload struct stands beside. */
enum lu_frame_type {
    LU_CH_HELLO = 1, /* A: lu_ch_hello; G answers with LU_CH_STATUS */
    LU_CH_STATUS,    /* G: lu_ch_status + n lu_ch_component; on HELLO, QUERY, and after settling */
    LU_CH_QUERY,     /* A: empty */
    LU_CH_STAGE_BEGIN, /* A: lu_ch_stage; G: LU_CH_OK or LU_CH_FAILED */
    LU_CH_STAGE_DATA,  /* A: u64 offset + bytes; not answered unless it fails */
    LU_CH_STAGE_RULES, /* A: compiled transfer rules (lib/state) of this component; at most one */
    LU_CH_STAGE_END,   /* A: empty; G: LU_CH_OK (loaded, suspended) or LU_CH_FAILED */
    LU_CH_PREPARE,     /* A: lu_ch_prepare; G: LU_CH_READY or LU_CH_FAILED (with the cancel done) */
    LU_CH_READY,       /* G: lu_ch_txn: all parked */
    LU_CH_PROCEED,     /* A: lu_ch_txn: metadata .. init; G: PROGRESS*, then INITED or FAILED */
    LU_CH_PROGRESS,    /* G: lu_ch_progress */
    LU_CH_INITED,      /* G: lu_ch_txn + n lu_ch_result: new versions stand before their loop */
    LU_CH_COMMIT,      /* A: lu_ch_txn; G: LU_CH_COMMITTED */
    LU_CH_COMMITTED,   /* G: lu_ch_txn */
    LU_CH_UNDO,        /* A: lu_ch_txn: cancel or hot rollback, whatever fits; G: LU_CH_UNDONE */
    LU_CH_UNDONE,      /* G: lu_ch_undone */
    LU_CH_RESTORED,    /* A: lu_ch_restored, first frame after a restore; G: LU_CH_UNDONE */
    LU_CH_FAILED,      /* G: lu_ch_failed; the guest has undone already as far as `rung` says */
    LU_CH_OK,          /* G: empty */
    LU_CH_HEARTBEAT,   /* G: lu_ch_heartbeat, every LU_HEARTBEAT_MS outside the quiet time */
    LU_CH_LEASE,       /* A: u64 txn: extends the lease of an open transaction */
    LU_CH_EVENT,       /* G: lu_ch_event: component crashed, restarted */
    LU_CH_ERROR,       /* both: lu_ch_failed about a frame that was dropped */
};

#define LU_HEARTBEAT_MS 500u
/* A guest that waits for the agent this long inside a transaction undoes it. */
#define LU_LEASE_MS 10000u

struct lu_ch_hello {
    uint32_t version, epoch;
    uint64_t wall_ns; /* agent's CLOCK_REALTIME */
    uint8_t entropy[32];
};

struct lu_ch_component {
    char name[LU_NAME_MAX];
    lu_ep ep;
    uint32_t run_state; /* enum lu_run_state */
    uint32_t pages, restarts;
    uint8_t build_id[LU_BUILD_ID_SIZE];
    uint32_t pad;
};

struct lu_ch_status {
    uint32_t abi_version, n_components;
    uint64_t txn;            /* open transaction, or 0 */
    uint32_t txn_step;       /* enum lu_step */
    uint32_t cpu_hypervisor; /* CPUID 0x40000000's ebx, as the guest sees it; 0 = none */
    uint64_t last_txn;       /* last settled one */
    uint32_t last_outcome;   /* 0 none, 1 committed, 2 undone */
    uint32_t last_rung;      /* enum lu_rung */
    struct lu_kmem_info mem;
};

struct lu_ch_stage {
    uint64_t txn;
    uint32_t index, count; /* component `index` of `count` in this transaction */
    char component[LU_NAME_MAX];
    uint64_t image_size;
    uint32_t image_crc;                     /* CRC-32 of the whole image */
    uint32_t rules_size;                    /* bytes of LU_CH_STAGE_RULES to come, 0 = none */
    uint8_t old_build_id[LU_BUILD_ID_SIZE]; /* the plan was made for this version */
    uint32_t n_extra; /* extra rights ranges of the new version, a grant of the scenario */
    struct lu_range extra[4];
};

struct lu_ch_prepare {
    uint64_t txn;
    uint32_t deadline_ms, count;
    struct {
        uint32_t transfer_deadline_ms; /* PROCEED to INITED, in the guest's own watch */
        uint32_t pad;
        struct lu_prepare prepare;       /* txn, filter, holds */
    } components[LU_TXN_MAX_COMPONENTS]; /* only `count` of them are sent */
};

struct lu_ch_txn {
    uint64_t txn;
};

struct lu_ch_progress {
    uint64_t txn;
    uint32_t step, index; /* enum lu_step; component, or ~0 for all */
    uint64_t guest_ns;
};

struct lu_ch_result {
    char component[LU_NAME_MAX];
    struct lu_moved moved;
    uint64_t ns;
};

struct lu_ch_failed {
    uint64_t txn;
    uint32_t step, rung; /* where it failed; how far the guest has undone */
    int32_t error;       /* -LU_E... */
    uint32_t frame_type; /* the request that failed */
    char component[LU_NAME_MAX];
    char path[128]; /* object path, or what a component waits for */
    char text[192];
};

struct lu_ch_undone {
    uint64_t txn;
    uint32_t rung, pad;
};

struct lu_ch_restored {
    uint64_t txn; /* undone by the restore, or 0 */
    uint32_t epoch, pad;
    uint64_t mono_advance_ns; /* how long the guest's clock stood still or went back */
    uint64_t wall_ns;
    uint8_t entropy[32];
};

struct lu_ch_heartbeat {
    struct lu_kmem_info mem;
    uint64_t txn;
};

struct lu_ch_event {
    struct lu_exit exit;
    lu_ep new_ep; /* endpoint after the restart, or LU_EP_NONE */
    uint32_t restarts;
};
