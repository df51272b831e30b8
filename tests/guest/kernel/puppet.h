/* SPDX-License-Identifier: MIT
 *
 * The puppet: the one child component of the kernel's tests.  It does what its
 * supervisor tells it by message, so that a test reads as one sequence in one
 * place.  A command that comes by sendrec is answered with the result in
 * arg[0]; one that comes by send or post leaves it for P_RESULT.
 */
#pragma once

#include <lu/sys.h>

#define PUPPET_PAGES 64u

enum puppet_op {
    P_CALL = LU_MSG(100, 1), /* arg[0] = number, arg[1..6] = arguments: a raw kernel call */
    P_RESULT,                /* result of the last command that was not a call */
    P_COUNT,                 /* state.count++; replies the new value, arg[1] = version */
    P_INFO,                  /* replies struct puppet_info in arg[0..] */
    P_FAULT,                 /* arg[0] = enum puppet_fault */
    P_SPIN,      /* counts in state.spins for ever; arg[0] is kept in xmm0 and checked */
    P_FUZZ,      /* arg[0] = seed, arg[1] = number of random kernel calls */
    P_DEAF,      /* receives only from arg[0] until that says something */
    P_CALL_BACK, /* sendrec to the sender of this message: result of that */
    P_PEEK,      /* replies the 8 bytes at arg[0] */
    P_POKE,      /* writes arg[1] to arg[0] */
    P_BUSY,      /* arg[0]: 1 = not ready to park, 0 = ready */
    P_NOTES,     /* replies and clears the notification bits seen */
    P_LOG,       /* replies the arguments of the last P_NOTE_DOWN commands */
    P_NOTE_DOWN, /* appends arg[0] to the log */
    P_NOTE_ALSO, /* the same, by another type */
};

enum puppet_fault {
    FAULT_NULL_READ,
    FAULT_NULL_WRITE,
    FAULT_TEXT_WRITE,
    FAULT_DATA_EXEC,
    FAULT_KERNEL_READ,
    FAULT_DIVIDE,
    FAULT_ILLEGAL,
    FAULT_PRIVILEGED,
    FAULT_PORT,
    FAULT_INTERRUPT,
    FAULT_NONCANONICAL,
    FAULT_STACK,
    FAULT_TRACE_FLAG,
    FAULT_COUNT
};

/* What a new version (LU_START_UPDATE) shall do; written by the supervisor with
 * PROC_WRITE before it starts it. */
enum puppet_plan {
    PLAN_GOOD = 0,
    PLAN_CRASH_TRANSFER,
    PLAN_REPORT_FAILURE,
    PLAN_CRASH_INIT,
    PLAN_HANG_INIT,
    PLAN_INIT_ALLOCATES, /* a grant, a DMA object, an alarm: an undo must take them back */
};

#define PUPPET_LOG 256u
struct puppet_state {
    uint64_t version, count, notes, n_log;
    uint64_t spins;
    uint64_t log[PUPPET_LOG];
    char buffer[8192]; /* for grants; page aligned in the image */
};

struct puppet_info {
    uint64_t state, plan, scratch, start; /* addresses, LU_START_* */
};
