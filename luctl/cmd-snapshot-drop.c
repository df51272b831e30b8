/* SPDX-License-Identifier: MIT
 *
 * luctl snapshot drop: forgets a snapshot.
 */
#include "agent.h"

#include <stdio.h>

static int run(struct cmd_call *call)
{
    const char *guest = cmd_value(call, "guest"), *name = call->operands[0];
    json_t *result = NULL;
    char question[256];
    int code;

    snprintf(question, sizeof(question), "Drop snapshot %s of guest %s?", name, guest);
    if (!cmd_confirm(call, question))
        return output_error(&call->out, LUCTL_EXIT_ERROR, "usage", NULL, NULL, "not dropped");
    code = agent_call(call, "snapshot.drop", json_pack("{s:s, s:s}", "guest", guest, "name", name),
                      &result);
    if (code)
        return code;
    if (call->out.json) {
        output_json(result, false);
    } else {
        printf("Snapshot %s of guest %s dropped.\n", name, guest);
    }
    json_decref(result);
    return LUCTL_EXIT_OK;
}

const struct command cmd_snapshot_drop = {
    .name = "snapshot drop",
    .summary = "Forget a snapshot",
    .operands = {{.name = "SNAPSHOT", .completes = CMD_SNAPSHOTS}},
    .options = {CMD_OPTION_GUEST},
    .run = run,
};
