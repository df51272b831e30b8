/* SPDX-License-Identifier: MIT
 *
 * luctl guest info: one guest and its components.
 */
#include "agent.h"
#include "guest-view.h"

static int run(struct cmd_call *call)
{
    json_t *info = NULL;
    int code = agent_call(call, "guest.info", json_pack("{s:s}", "name", call->operands[0]), &info);

    if (code)
        return code;
    if (call->out.json)
        output_json(info, false);
    else
        guest_print_info(&call->out, info);
    json_decref(info);
    return LUCTL_EXIT_OK;
}

const struct command cmd_guest_info = {
    .name = "guest info",
    .summary = "Show a guest, its components and their versions",
    .operands = {{.name = "NAME", .completes = CMD_GUESTS}},
    .run = run,
};
