/* SPDX-License-Identifier: MIT
 *
 * The two halves of a process.  A slot is what others see and what survives a
 * live update: the endpoint with its queues, grants, interrupts, rights, alarm,
 * device memory and name.  A body is what an update replaces: address space,
 * registers, run state, the addresses of grant windows.  Every slot has exactly
 * one body at any time; upd() exchanges the bodies of two slots.
 *
 * While a slot is `swapped` (upd() done, not committed yet) it outlives the
 * death of its body, and what the new version adds to it is marked `fresh`, so
 * that a second upd() can take it back.
 */
#pragma once

#include <lu/call.h>

#include "klib.h"
#include "x86/arch.h"
#include "x86/paging.h"

#define SLOT_MAX_DMA 16u
#define SLOT_MAX_MMIO 8u
#define N_PRIORITIES 8u

struct body {
    struct regs regs;
    uint8_t fpu[ARCH_FPU_SIZE] __attribute__((aligned(64)));
    struct space space;
    enum lu_run_state state;
    uint32_t start; /* LU_START_* */
    uint8_t build_id[LU_BUILD_ID_SIZE];
    uint64_t entry_call; /* number of the kernel call it is in */
    /* RECEIVING: filter; RECEIVING, CALLING: where the message goes */
    lu_ep from;
    uint64_t msg_va;
    struct lu_msg out; /* SENDING, or CALLING and not received yet */
    /* window addresses of its slot's grants, 0 = none; and of the grants of the
     * slot it will be swapped into (for the body swapped out: came from) */
    uint64_t grant_addr[LU_MAX_GRANTS];
    uint64_t other_grant_addr[LU_MAX_GRANTS];
    struct body *view;  /* may read this one */
    uint32_t n_viewers; /* how many may read me */
    bool has_report;
    struct lu_upd_report report;
    uint64_t archive_va; /* where the boot archive is mapped, 0 = nowhere */
};

struct grant {
    lu_ep to; /* LU_EP_NONE: free entry */
    uint32_t flags;
    uint32_t gen;
    bool fresh;
    uint64_t len;
};

struct dma_object {
    uint64_t va, phys, len; /* len 0: free entry */
    bool fresh;
};

struct mmio_object {
    uint64_t va, phys, len; /* len 0: free entry */
    bool fresh;
};

struct post {
    struct link link; /* in slot.posts or slot.free_posts */
    uint64_t order;
    struct lu_msg msg;
};

enum slot_use { SLOT_FREE = 0, SLOT_USED };

struct slot {
    uint32_t index;
    enum slot_use use;
    lu_ep ep; /* kept while free: next use has the next generation */
    char name[LU_NAME_MAX];
    struct lu_rights rights;
    uint64_t peers; /* bit per slot index: may send there */
    struct body *body;

    /* scheduler */
    struct link run_link;
    bool queued;
    uint32_t ticks_left;

    /* messages for me, and who waits */
    struct link posts, free_posts;
    struct post post_pool[LU_QUEUE_MAX];
    uint32_t n_posts;
    struct link senders; /* blocked until I receive */
    struct link callers; /* blocked until I reply */
    struct link stalled; /* blocked until my body may be written */
    uint64_t arrivals;   /* orders posts and senders */
    uint64_t notes;      /* notification bits not delivered yet */

    /* whom I wait for: my link is in one of its lists */
    struct link wait_link;
    lu_ep waits_for;
    uint64_t send_order;

    struct grant grants[LU_MAX_GRANTS];
    struct dma_object dma[SLOT_MAX_DMA];
    struct dma_object limbo[SLOT_MAX_DMA]; /* of the generation that died: see death.c */
    struct mmio_object mmio[SLOT_MAX_MMIO];
    struct window window;
    uint32_t dma_pages;
    uint64_t alarm_ns; /* 0: none */

    /* live update */
    enum lu_prep_state prep_state;
    uint64_t prep_detail;
    struct lu_prepare prepare;
    struct slot *partner;                 /* the other slot of a swap that is not committed */
    bool swapped;                         /* I am the live side of it */
    uint64_t saved_alarm_ns, saved_notes; /* as they were at the swap */
};

extern struct slot slots[LU_MAX_SLOTS];
extern struct slot *sched_current;   /* whose user code entered the kernel; NULL before boot ends */
extern struct slot *slot_supervisor; /* the update server */

void slot_init(void);

/* The slot that `ep` names, if it is in use; its body may be dead. */
struct slot *slot_get(lu_ep ep);
/* The slot that `ep` names, if messages for it will find a receiver. */
struct slot *slot_live(lu_ep ep);
bool slot_alive(const struct slot *s);
struct slot *slot_by_name(const char name[LU_NAME_MAX]);
struct slot *slot_of_body(const struct body *b);

static inline bool slot_may_send(const struct slot *s, const struct slot *to)
{
    return s->peers >> to->index & 1;
}

/* A free slot with a stopped, empty body; SPACE_BASE_FRAMES must be free.
 * NULL if there is none. */
struct slot *slot_create(const char name[LU_NAME_MAX], const struct lu_rights *rights);
void slot_release(struct slot *s);
void slot_next_generation(struct slot *s);
void slot_set_rights(struct slot *s, const struct lu_rights *rights);
int slot_check_rights(const struct lu_rights *rights);
int slot_check_name(const char name[LU_NAME_MAX]);

/* All changes of a body's run state go through here. */
void slot_set_state(struct slot *s, enum lu_run_state state);
void slot_set_waits(struct slot *s, struct link *list, lu_ep whom);
void slot_end_wait(struct slot *s);
/* Brings the introspection entry up to date with everything that is rarely changed. */
void slot_publish(struct slot *s);

/* Empty body: space, registers and tables reset, stopped. */
void body_reset(struct body *b);

/* Frames the slot and its body hold; 0 or -LU_ENOMEM if `more` would be too many. */
uint32_t slot_pages(const struct slot *s);
int slot_check_pages(const struct slot *s, uint64_t more);

/* True if [first, last] lies within one range of that kind. */
bool slot_has_range(const struct slot *s, enum lu_range_kind kind, uint64_t first, uint64_t last);
