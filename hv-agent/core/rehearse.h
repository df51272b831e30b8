/* SPDX-License-Identifier: MIT
 *
 * The rehearsal of one component's transfer, in the agent's process: the new version's image
 * in a simulated memory takes over what a frozen guest holds, and the result is judged.
 * Nothing of the guest is written, no code of it runs: transfer handlers are only
 * counted.  All that is read is hostile; memory and time are bounded by the caller.
 */
#pragma once

#include "introspect.h"
#include "plan.h"

#include <st/reverse.h>

struct hva_rehearsal_order {
    const struct hva_plan_component *component; /* planned */
    struct hva_frozen *frozen;                  /* the old version; its grants are moved */
    uint64_t memory; /* bytes: neither a heap that is made nor the engine's tables get more */
    /* Called often.  Non-zero ends the rehearsal with -LU_ECANCELED.  May be NULL. */
    int (*tick)(void *arg);
    void *arg;
};

/* What came of it; filled in as far as it got. */
struct hva_rehearsal {
    enum lu_rehearse mode;
    bool done;    /* to the end, and all was well */
    bool audited; /* all of it; false: but for what handlers would have set */
    double ms;
    struct st_stats moved;
    struct st_reverse_stats back; /* with LU_REHEARSE_REVERSE */
    /* Not true (yet): that only the new version has, by name and text, so that init_live_update
     * may make them true, or that a handler may. */
    uint32_t invariants_due;
};

/* Transfer, audit, invariants, reverse check, as far as `mode` goes.  0; or a -LU_E... with
 * *ret_what = the part that failed, in words, and `err` as the part gives it. */
int hva_rehearse(const struct hva_rehearsal_order *order, enum lu_rehearse mode,
                 struct hva_rehearsal *ret, const char **ret_what, struct st_err *err);
