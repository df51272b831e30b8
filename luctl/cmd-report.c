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
               "shown, not how the update ended.",
    .operands = {{.name = "TXN", .flags = CMD_OPTIONAL}},
    .run = run,
};
