/* SPDX-License-Identifier: MIT
 *
 * luctl guest list: the agent's guests.
 */
#include "agent.h"
#include "guest-view.h"

static int run(struct cmd_call *call)
{
    json_t *list = NULL;
    int code = agent_call(call, "guest.list", NULL, &list);

    if (code)
        return code;
    if (call->out.json)
        output_json(list, false);
    else
        guest_print_list(&call->out, list);
    json_decref(list);
    return LUCTL_EXIT_OK;
}

const struct command cmd_guest_list = {
    .name = "guest list",
    .summary = "List the guests",
    .run = run,
};
