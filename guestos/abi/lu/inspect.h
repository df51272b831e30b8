/* SPDX-License-Identifier: MIT
 *
 * The introspection block: what the kernel tells a reader of its frozen
 * physical memory (the agent).  It lies at a fixed physical address, the first
 * page of the kernel image.  A reader treats every word as hostile: addresses
 * are checked against the size of RAM, counts against the limits here.
 */
#pragma once

#include <lu/call.h>

#define LU_INSPECT_PHYS 0x00100000ull
#define LU_INSPECT_MAGIC 0x4e41455450524f54ull
#define LU_INSPECT_VERSION 2u /* 2: windows */

/* One kernel slot.  `root` is the physical address of the body's top-level
 * page table (4-level x86-64 tables, user pages have the U bit). */
struct lu_inspect_slot {
    lu_ep ep;           /* 0: free */
    uint32_t run_state; /* enum lu_run_state */
    uint64_t root;
    uint32_t pages, prep_state;
    lu_ep waits_for;
    uint32_t pad;
    uint8_t build_id[LU_BUILD_ID_SIZE];
    char name[LU_NAME_MAX];
    uint32_t pad2;
};
_Static_assert(sizeof(struct lu_inspect_slot) == 72, "lu_inspect_slot is ABI");

/* What a slot's component shares: device memory, and the windows that standing grants give to
 * others, where its present body has them.  As LU_SYS_VIEW_INFO tells a new version; entries of
 * length 0 are free. */
#define LU_INSPECT_DMA 16u
#define LU_INSPECT_MMIO 8u
struct lu_inspect_windows {
    struct lu_map dma[LU_INSPECT_DMA], mmio[LU_INSPECT_MMIO];
    struct lu_inspect_grant {
        uint32_t id, flags; /* LU_GRANT_* */
        uint64_t addr, len; /* addr 0: the body has no such window (yet) */
    } grants[LU_MAX_GRANTS];
};
_Static_assert(sizeof(struct lu_inspect_windows) == 1920, "lu_inspect_windows is ABI");

/* Why the kernel stopped.  Filled once, by the panic path. */
struct lu_epitaph {
    uint32_t valid; /* LU_EPITAPH_VALID when the rest is complete */
    uint32_t vector;
    uint64_t error, rip, rsp, cr2, cr3;
    uint64_t regs[16]; /* rax rbx rcx rdx rsi rdi rbp rsp r8..r15 */
    uint64_t uptime_ns;
    lu_ep current;
    uint32_t n_frames;
    uint64_t frames[16]; /* return addresses */
    char text[128];
};
#define LU_EPITAPH_VALID 0x45504954u

/* Kernel trace ring: events of one clock, oldest overwritten. */
struct lu_trace_event {
    uint64_t ns;
    uint32_t kind; /* enum lu_trace_kind */
    lu_ep who;
    uint64_t a, b;
};
enum lu_trace_kind {
    LU_TRACE_NONE = 0,
    LU_TRACE_SWITCH, /* a = from ep */
    LU_TRACE_CALL,   /* a = number, b = first argument (calls that are not IPC) */
    LU_TRACE_IPC,    /* a = to, b = message type */
    LU_TRACE_IRQ,    /* a = irq */
    LU_TRACE_FAULT,  /* a = vector, b = address */
    LU_TRACE_UPD,    /* a = old, b = new */
    LU_TRACE_PARK,   /* a = txn */
    LU_TRACE_USER,   /* sys_trace's words */
};

struct lu_inspect {
    uint64_t magic;
    uint32_t version, size; /* bytes of this struct */
    uint64_t ram_bytes;
    uint64_t slots; /* physical address of struct lu_inspect_slot[n_slots] */
    uint32_t n_slots, n_events;
    uint64_t events;     /* physical address of struct lu_trace_event[n_events] */
    uint64_t next_event; /* count of events ever written */
    uint64_t uptime_ns, free_pages;
    uint64_t upd_count; /* swaps done since boot */
    uint8_t kernel_build_id[LU_BUILD_ID_SIZE];
    uint32_t pad;
    struct lu_epitaph epitaph;
    uint64_t windows; /* physical address of struct lu_inspect_windows[n_slots], as the slots */
};
