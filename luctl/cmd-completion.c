/* SPDX-License-Identifier: MIT
 *
 * luctl completion: a completion script for a shell.
 */
#include "help.h"

#include <string.h>

static int run(struct cmd_call *call)
{
    if (strcmp(call->operands[0], "bash"))
        return output_error(&call->out, LUCTL_EXIT_ERROR, "usage", NULL, NULL,
                            "completion: no script for '%s'; there is one for bash",
                            call->operands[0]);
    completion_print_bash(stdout);
    return LUCTL_EXIT_OK;
}

const struct command cmd_completion = {
    .name = "completion",
    .summary = "Print a shell's completion script",
    .details = "For bash: source <(luctl completion bash)",
    .operands = {{.name = "SHELL", .completes = CMD_WORDS, .words = "bash"}},
    .run = run,
};
