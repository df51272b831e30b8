/* SPDX-License-Identifier: MIT
 *
 * luctl snapshot restore: puts a guest back.
 */
#include "agent.h"

#include <stdio.h>

static int run(struct cmd_call *call)
{
    const char *guest = cmd_value(call, "guest"), *name = call->operands[0];
    json_t *result = NULL;
    char question[256];
    int code;

    snprintf(question, sizeof(question),
             "Put guest %s back to snapshot %s? What it did since is lost.", guest, name);
    if (!cmd_confirm(call, question))
        return output_error(&call->out, LUCTL_EXIT_ERROR, "usage", NULL, NULL, "not restored");
    code = agent_call(call, "snapshot.restore",
                      json_pack("{s:s, s:s}", "guest", guest, "name", name), &result);
    if (code)
        return code;
    if (call->out.json) {
        output_json(result, false);
    } else {
        char ms[32];

        printf("Guest %s is back at snapshot %s (vCPU pause %s ms).\n", guest, name,
               text_ms(json_object_get(result, "pause_ms"), ms, sizeof(ms)));
    }
    json_decref(result);
    return LUCTL_EXIT_OK;
}

const struct command cmd_snapshot_restore = {
    .name = "snapshot restore",
    .summary = "Put a guest back to a snapshot",
    .details = "What the guest did since is lost, and so are connections that were opened since.",
    .operands = {{.name = "SNAPSHOT", .completes = CMD_SNAPSHOTS}},
    .options = {CMD_OPTION_GUEST},
    .run = run,
};
