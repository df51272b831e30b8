/* SPDX-License-Identifier: MIT
 *
 * luctl snapshot list: the snapshots of a guest.
 */
#include "agent.h"

#include <stdio.h>

static void print(const struct output *o, const json_t *list)
{
    struct table t = {.heads = {"SNAPSHOT", "TAKEN", "KIB", "COMPONENTS"},
                      .right = {false, false, true, false}};
    const json_t *s, *c;
    size_t i, j;

    json_array_foreach(json_object_get(list, "snapshots"), i, s)
    {
        const json_t *bytes = json_object_get(s, "bytes");
        char kib[32] = "", components[512] = "";
        size_t used = 0;

        if (json_is_number(bytes))
            snprintf(kib, sizeof(kib), "%.0f", json_number_value(bytes) / 1024.0);
        json_array_foreach(json_object_get(s, "components"), j, c) if (used < sizeof(components))
            used += (size_t)snprintf(components + used, sizeof(components) - used, "%s%s %.8s",
                                     used ? ", " : "", text_of(c, "name"), text_of(c, "build_id"));
        table_add(&t,
                  (const char *const[]){text_of(s, "name"), text_of(s, "taken"), kib, components});
    }
    table_print(o, &t);
    table_free(&t);
}

static int run(struct cmd_call *call)
{
    json_t *list = NULL;
    int code = agent_call(call, "snapshot.list",
                          json_pack("{s:s}", "guest", cmd_value(call, "guest")), &list);

    if (code)
        return code;
    if (call->out.json)
        output_json(list, false);
    else
        print(&call->out, list);
    json_decref(list);
    return LUCTL_EXIT_OK;
}

const struct command cmd_snapshot_list = {
    .name = "snapshot list",
    .summary = "List the snapshots of a guest",
    .options = {CMD_OPTION_GUEST},
    .run = run,
};
