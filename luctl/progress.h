/* SPDX-License-Identifier: MIT
 *
 * What `luctl apply` shows while an update goes on: the headlines, one line per
 * step with its time, and on a terminal a bar below them.
 */
#pragma once

#include "command.h"
#include "scenario/scenario.h"

struct progress {
    const struct cmd_call *call;
    const struct lu_scenario *scenario;
    json_int_t txn; /* 0: the agent has named none yet */
    enum lu_step step;
    bool headline[LU_STEP_COUNT]; /* printed already */
    bool bar;                     /* stands on the terminal's last line */
};

/* "Live update requested for net, e1000." */
void progress_begin(struct progress *p, const struct cmd_call *call,
                    const struct lu_scenario *scenario);
/* An hva_notify_fn; `arg` is the struct progress. */
int progress_notify(void *arg, const char *method, json_t *params);
/* Takes the bar away. */
void progress_end(struct progress *p);
