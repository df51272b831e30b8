/* SPDX-License-Identifier: MIT
 *
 * luctl report: one transaction in full.
 */
#include "report.h"

static int run(struct cmd_call *call)
{
    return report_show(call, call->n_operands ? call->operands[0] : NULL);
}

const struct command cmd_report = {
    .name = "report",
    .summary = "Show one update in full",
    .details = "Without a number: the newest. The exit status tells whether the report could be "
               "shown, not how the update ended.\n\n"
               "For each component it says how many objects, bytes and pointers were carried over; "
               "how that went when the agent rehearsed it: what came back as it was (compared), "
               "what was allowed not to (exempt), what would be a handler's work, losses that were "
               "allowed, and objects that nothing led to; "
               "how many functions, types and globals the update changes, and what was written by "
               "hand for it: lines of transfer code and annotations in the new version, rules in "
               "the scenario.",
    .operands = {{.name = "TXN", .flags = CMD_OPTIONAL}},
    .run = run,
};
