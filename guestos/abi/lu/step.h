/* SPDX-License-Identifier: MIT
 *
 * Names of the steps of one update transaction and of the rungs of the undo
 * ladder.  The same words stand in the code, the agent's journal, luctl's
 * progress display and the report.
 */
#pragma once

/* X(NAME, "word") in the order in which they happen. */
#define LU_STEPS(X)                                                                                \
    X(VALIDATE, "validate") /* host: scenario and images */                                        \
    X(PLAN, "plan")         /* host: type comparison, filters */                                   \
    X(STAGE, "stage")       /* images into the guest, loaded as stopped processes */               \
    X(PREPARE, "prepare")   /* every component to its update point */                              \
    X(SNAPSHOT, "snapshot") /* host: memory and devices, filters checked again */                  \
    X(METADATA, "metadata") /* new version reads both descriptions */                              \
    X(TRACE, "trace")       /* follows every pointer from the globals */                           \
    X(TRANSFER, "transfer") /* rebuilds the state in the new layout */                             \
    X(CONTROL, "control")   /* upd(): the slots change bodies */                                   \
    X(INIT, "init")         /* init_live_update of each new version */                             \
    X(CHECK, "check")       /* library in the guest, then the agent from outside */                \
    X(COMMIT, "commit")                                                                            \
    X(CLEANUP, "cleanup") /* old versions destroyed, held output released */

enum lu_step {
    LU_STEP_NONE = 0,
#define LU_X(name, word) LU_STEP_##name,
    LU_STEPS(LU_X)
#undef LU_X
        LU_STEP_COUNT
};

#define LU_RUNGS(X)                                                                                \
    X(NONE, "none")             /* committed, nothing undone */                                    \
    X(REFUSE, "refuse")         /* the guest was never touched */                                  \
    X(CANCEL, "cancel")         /* unparked, nothing swapped */                                    \
    X(ROLLBACK, "hot rollback") /* old versions got their slots back */                            \
    X(RESTORE, "restore")       /* the snapshot */

enum lu_rung {
#define LU_X(name, word) LU_RUNG_##name,
    LU_RUNGS(LU_X)
#undef LU_X
        LU_RUNG_COUNT
};
