/* SPDX-License-Identifier: MIT
 *
 * Kernel calls.  `syscall` instruction: number in rax, arguments in rdi, rsi,
 * rdx, r10, r8, r9; result in rax, negative = -LU_E...  rcx and r11 are lost.
 * Every call is decode-then-commit: on an error nothing has changed.
 *
 * Authority: a call marked [right] needs that LU_RIGHT_* in the slot's rights.
 */
#pragma once

#include <lu/msg.h>

enum lu_call {
    /* IPC */
    LU_SYS_SEND = 1, /* (ep, msg *): blocks until received */
    LU_SYS_RECEIVE,  /* (from, msg *, flags): LU_RECV_* */
    LU_SYS_SENDREC,  /* (ep, msg *in_out): request and reply */
    LU_SYS_REPLY,    /* (ep, msg *): ep must wait for our reply; never blocks */
    LU_SYS_POST,     /* (ep, msg *): queued; -LU_EAGAIN when the receiver's queue is full */
    LU_SYS_NOTIFY,   /* (ep, bits 32..63): never blocks, never fails for want of memory */
    LU_SYS_LOOKUP,   /* (const char name[LU_NAME_MAX]): endpoint, or -LU_ENOENT */
    LU_SYS_SELF,     /* (struct lu_self *): who am I */
    /* grants: a window of the granter's memory, for one grantee */
    LU_SYS_GRANT_NEW,  /* (to, addr, len, LU_GRANT_*): grant id >= 0 */
    LU_SYS_GRANT_END,  /* (id) */
    LU_SYS_GRANT_COPY, /* (struct lu_grant_copy *): by the grantee */
    /* own memory */
    LU_SYS_MEM_MAP,   /* (addr, len, LU_PROT_*): zeroed pages at exactly addr (page aligned) */
    LU_SYS_MEM_UNMAP, /* (addr, len) */
    /* devices */
    LU_SYS_DMA_ALLOC,  /* (len, struct lu_dma *out): contiguous, zeroed, belongs to the endpoint */
    LU_SYS_DMA_FREE,   /* (va) */
    LU_SYS_MMIO_MAP,   /* (phys, len): va in the MMIO window [a rights range of kind MEM] */
    LU_SYS_PORT_IN,    /* (port, width 1|2|4): value  [rights range of kind PORT] */
    LU_SYS_PORT_OUT,   /* (port, width, value) */
    LU_SYS_IRQ_ATTACH, /* (irq, bit 0..15) [rights range of kind IRQ] */
    LU_SYS_IRQ_ACK,    /* (irq): unmask again */
    /* time and diagnostics */
    LU_SYS_CLOCK,  /* (): ns since boot, monotonic */
    LU_SYS_ALARM,  /* (abs ns, or 0 to cancel): LU_NOTE_ALARM */
    LU_SYS_LOG,    /* (text, len <= 256): to the kernel's console */
    LU_SYS_TRACE,  /* (word, word): to the kernel's trace ring */
    LU_SYS_EXIT,   /* (code, text, len): last words, cut at LU_EXIT_TEXT - 1; len may be 0 */
    LU_SYS_RANDOM, /* (buf, len <= 256): RDRAND if present, reseeded by ENTROPY */
    /* live update, as the component sees it */
    LU_SYS_PREPARE_INFO, /* (struct lu_prepare *out): what the current LU_NOTE_PREPARE asks for */
    LU_SYS_PREPARE_SAY,  /* (state, detail): not ready yet, and why: LU_PREP_* */
    LU_SYS_PARK,         /* (): at the update point; returns 0 when the update was cancelled or,
                            in a version that was swapped in, when it may run on */
    LU_SYS_VIEW_READ,    /* new version: (old va, buf, len): read the old version's memory */
    LU_SYS_VIEW_INFO,    /* new version: (struct lu_view_info *out) */
    LU_SYS_REGRANT,      /* new version: (id, new addr): where a standing grant's window now is */
    LU_SYS_UPD_REPORT,   /* new version: (struct lu_upd_report *): before PARK, or on failure */
    /* process and update management [LU_RIGHT_PROC], for the update server */
    LU_SYS_PROC_CREATE = 64, /* (name, rights *): endpoint; stopped, empty address space */
    LU_SYS_PROC_MAP,         /* (ep, va, len, prot): zeroed pages */
    LU_SYS_PROC_WRITE,       /* (ep, va, buf, len): also into read-only pages of a stopped one */
    LU_SYS_PROC_START,   /* (ep, entry, LU_START_*, build_id[20]): stack is made by the kernel */
    LU_SYS_PROC_KILL,    /* (ep): body destroyed; slot freed unless it is a restart slot */
    LU_SYS_PROC_RESTART, /* (ep): same slot and name, next generation, empty stopped body */
    LU_SYS_PROC_RIGHTS,  /* (ep, struct lu_rights *) */
    LU_SYS_PROC_WAIT,    /* (struct lu_exit *out): next death report, -LU_EAGAIN if none */
    LU_SYS_PROC_INFO,    /* (ep, struct lu_proc_info *out) */
    LU_SYS_PREPARE,      /* (ep, struct lu_prepare *): raises LU_NOTE_PREPARE there */
    LU_SYS_UNPREPARE,    /* (ep): not parked yet: forget it; parked: let it run on */
    LU_SYS_VIEW_GRANT,   /* (old, new): new may VIEW_READ old's memory, old is parked */
    LU_SYS_UPD,          /* (struct lu_pair[], n): swap bodies, all or none; both sides parked */
    LU_SYS_CLOCK_SET,    /* (ns): monotonic clock is now ns; never backward: -LU_EINVAL */
    LU_SYS_ENTROPY,      /* (buf, len): reseed the generator */
    LU_SYS_KMEM_INFO,    /* (struct lu_kmem_info *) */
    LU_SYS_ARCHIVE_MAP,  /* (struct lu_map *out): boot archive, read only, in the MAP window */
};

#define LU_RECV_NONBLOCK 1u /* -LU_EAGAIN if nothing is there */

#define LU_PROT_READ 1u
#define LU_PROT_WRITE 2u
#define LU_PROT_EXEC 4u /* never together with WRITE */

#define LU_GRANT_READ 1u
#define LU_GRANT_WRITE 2u
#define LU_MAX_GRANTS 64u /* per endpoint */
#define LU_QUEUE_MAX 64u  /* posted messages waiting at one endpoint */

struct lu_self {
    lu_ep ep;
    lu_ep supervisor; /* the update server */
    uint32_t start;   /* LU_START_* */
    uint32_t pad;
    char name[LU_NAME_MAX];
};

/* How a body was started; sys_startup runs the matching handler. */
#define LU_START_FRESH 0u
#define LU_START_RESTART 1u /* after a crash */
#define LU_START_UPDATE 2u  /* new version: transfer the state, then park */

struct lu_grant_copy {
    lu_ep granter;
    uint32_t id;
    uint64_t offset; /* in the grant's window */
    uint64_t local;  /* caller's address */
    uint64_t len;
    uint32_t to_grant; /* 0: grant -> local, 1: local -> grant */
    uint32_t pad;
};

struct lu_dma {
    uint64_t va, phys, len;
};

struct lu_map {
    uint64_t va, len;
};

enum lu_range_kind { LU_RANGE_PORT = 1, LU_RANGE_MEM = 2, LU_RANGE_IRQ = 3 };

struct lu_range {
    uint32_t kind, pad;
    uint64_t first, last; /* inclusive */
};

#define LU_RIGHT_PROC 1u      /* process and update management */
#define LU_RIGHT_DMA 2u       /* DMA_ALLOC */
#define LU_RIGHT_ARCHIVE 4u   /* ARCHIVE_MAP */
#define LU_RIGHT_PEERS_ANY 8u /* may name and send to anybody */
#define LU_MAX_RANGES 12u
#define LU_MAX_PEERS 12u

/* What a slot may do.  Belongs to the endpoint: a live update keeps it unless
 * the transaction gives the new version other rights. */
struct lu_rights {
    uint32_t flags;                      /* LU_RIGHT_* */
    uint32_t priority;                   /* 0 (highest) .. 7 */
    uint32_t mem_pages;                  /* quota of the body */
    uint32_t n_ranges, n_peers, restart; /* restart: 1 = supervisor restarts it */
    struct lu_range ranges[LU_MAX_RANGES];
    char peers[LU_MAX_PEERS][LU_NAME_MAX]; /* may send to; replies need no right */
};

enum lu_exit_reason {
    LU_EXIT_CODE = 1, /* sys_exit */
    LU_EXIT_FAULT,    /* page fault, bad instruction, ...: vector, rip, addr */
    LU_EXIT_ABUSE,    /* broke the kernel's ABI */
    LU_EXIT_KILLED,
};

#define LU_EXIT_TEXT 160u
struct lu_exit {
    lu_ep ep;
    uint32_t reason, vector;
    int32_t code;
    uint64_t rip, addr;
    char name[LU_NAME_MAX];
    char text[LU_EXIT_TEXT]; /* LU_EXIT_CODE: why, in the component's words; "" = it did not say */
};

/* What a component is asked to reach before it parks.  The filter is the
 * bytecode of lib/state (state filter), run by the component's runtime. */
#define LU_FILTER_MAX 1024u
#define LU_MAX_HOLDS 8u
struct lu_hold {    /* interface filter: hold back these messages while preparing */
    lu_ep source;   /* LU_EP_ANY: every sender */
    uint32_t type;  /* 0: every type */
    uint32_t allow; /* 1: these pass although an earlier entry holds them */
    uint32_t pad;
};
struct lu_prepare {
    uint64_t txn;
    uint32_t filter_len, n_holds;
    struct lu_hold holds[LU_MAX_HOLDS];
    uint8_t filter[LU_FILTER_MAX];
};

enum lu_prep_state {
    LU_PREP_NONE = 0,
    LU_PREP_ASKED,        /* has not run since */
    LU_PREP_FILTER_FALSE, /* stands at its update point, filter false; detail = times evaluated */
    LU_PREP_FILTER_ERROR, /* filter could not be evaluated; detail = error */
    LU_PREP_REFUSED,      /* its prepare handler said no; detail = error */
    LU_PREP_PARKED,
};

struct lu_view_info {
    lu_ep old;
    uint32_t n_dma, n_mmio, n_grants;
    struct lu_dma dma[16]; /* phys is 0 here */
    struct lu_map mmio[8];
    struct {
        uint32_t id, flags;
        lu_ep to;
        uint32_t pad;
        uint64_t addr, len; /* in the old version's memory */
    } grants[LU_MAX_GRANTS];
};

/* What a transfer moved: see struct st_stats of lib/state, where the words come from. */
struct lu_moved {
    uint64_t objects, bytes, pointers;
    uint64_t unreached, unreached_bytes;
    uint64_t handled; /* calls of transfer handlers */
    uint64_t allowed; /* losses that a rule or an annotation allowed */
};

/* What a new version says when its transfer is over.  `path` and `text` are
 * for people and travel to the agent's report. */
struct lu_upd_report {
    int32_t status; /* 0, or -LU_E... */
    uint32_t step;  /* enum lu_step of lu/update.h */
    struct lu_moved moved;
    uint64_t ns;
    char path[128];
    char text[192];
};

struct lu_pair {
    lu_ep old, new_;
};

enum lu_run_state {
    LU_RUN_FREE = 0,
    LU_RUN_STOPPED, /* created, not started */
    LU_RUN_READY,
    LU_RUN_RECEIVING,
    LU_RUN_SENDING,
    LU_RUN_CALLING, /* in sendrec, waits for the reply of `waits_for` */
    LU_RUN_PARKED,
    LU_RUN_DEAD,
};

struct lu_proc_info {
    lu_ep ep;
    uint32_t run_state;  /* enum lu_run_state */
    lu_ep waits_for;     /* sending or calling: whom */
    uint32_t prep_state; /* enum lu_prep_state */
    uint64_t prep_detail;
    uint32_t pages, queued;
    uint32_t has_report, start;
    char name[LU_NAME_MAX];
    uint8_t build_id[LU_BUILD_ID_SIZE];
    uint32_t pad;
    struct lu_rights rights;
    struct lu_upd_report report;
};

struct lu_kmem_info {
    uint64_t total_pages, free_pages, uptime_ns, context_switches;
};
