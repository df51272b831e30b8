/* SPDX-License-Identifier: MIT
 *
 * luctl guest stop: ends a guest.
 */
#include "agent.h"

#include <stdio.h>

static int run(struct cmd_call *call)
{
    json_t *result = NULL;
    char question[128];
    int code;

    snprintf(question, sizeof(question), "Stop guest %s? What it holds in memory is lost.",
             call->operands[0]);
    if (!cmd_confirm(call, question))
        return output_error(&call->out, LUCTL_EXIT_ERROR, "usage", NULL, NULL, "not stopped");
    code = agent_call(call, "guest.stop", json_pack("{s:s}", "name", call->operands[0]), &result);
    if (code)
        return code;
    if (call->out.json)
        output_json(result, false);
    else
        printf("Guest %s stopped.\n", call->operands[0]);
    json_decref(result);
    return LUCTL_EXIT_OK;
}

const struct command cmd_guest_stop = {
    .name = "guest stop",
    .summary = "Stop a guest; its memory is lost",
    .operands = {{.name = "NAME", .completes = CMD_GUESTS}},
    .run = run,
};
