/* SPDX-License-Identifier: MIT
 *
 * luctl snapshot take: keeps memory and devices of a guest.
 */
#include "agent.h"

#include <stdio.h>

static int run(struct cmd_call *call)
{
    const char *guest = cmd_value(call, "guest"), *name = call->operands[0];
    json_t *result = NULL;
    int code;

    code = agent_call(call, "snapshot.take", json_pack("{s:s, s:s}", "guest", guest, "name", name),
                      &result);
    if (code)
        return code;
    if (call->out.json) {
        output_json(result, false);
    } else {
        char ms[32];

        printf("Snapshot %s of guest %s taken (vCPU pause %s ms).\n", name, guest,
               text_ms(json_object_get(result, "pause_ms"), ms, sizeof(ms)));
    }
    json_decref(result);
    return LUCTL_EXIT_OK;
}

const struct command cmd_snapshot_take = {
    .name = "snapshot take",
    .summary = "Keep the state of a guest under a name",
    .operands = {{.name = "SNAPSHOT"}},
    .options = {CMD_OPTION_GUEST},
    .run = run,
};
