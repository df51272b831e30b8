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
    code = agent_call(
        call, "guest.stop",
        json_pack("{s:s, s:b}", "name", call->operands[0], "force", cmd_given(call, "force")),
        &result);
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
    .details = "A guest that is busy, with an update or a snapshot, is not stopped unless --force "
               "is given. An update under way ends as not undone then.",
    .operands = {{.name = "NAME", .completes = CMD_GUESTS}},
    .options = {{.name = "force",
                 .letter = 'F',
                 .help = "kill its virtual machine, whatever it is busy with"}},
    .run = run,
};
