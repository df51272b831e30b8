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
    double step_ms; /* when it began; all times count from the update's start */
    double last_ms; /* of the last notification */
    double failed_ms;
    bool failed, announced;
    bool headline[LU_STEP_COUNT]; /* printed already */
    bool bar;                     /* stands on the terminal's last line */
    char notes[512];              /* what the agent said about this step */
};

void progress_begin(struct progress *p, const struct cmd_call *call,
                    const struct lu_scenario *scenario);
/* An hva_notify_fn; `arg` is the struct progress. */
int progress_notify(void *arg, const char *method, json_t *params);
/* Prints the last step, whose time `report` knows (NULL: the agent is gone). */
void progress_end(struct progress *p, const json_t *report);
