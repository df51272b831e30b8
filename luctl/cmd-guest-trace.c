/* SPDX-License-Identifier: MIT
 *
 * luctl guest trace: the kernel's trace ring.
 */
#include "agent.h"

#include <stdio.h>

static const char *cell(const json_t *event, const char *key, char *buf, size_t size)
{
    const json_t *v = json_object_get(event, key);

    if (json_is_string(v))
        return json_string_value(v);
    if (json_is_integer(v))
        snprintf(buf, size, "0x%llx", (unsigned long long)json_integer_value(v));
    else
        buf[0] = '\0';
    return buf;
}

static void print(const struct output *o, const json_t *trace)
{
    struct table t = {.heads = {"TIME (MS)", "KIND", "WHO", "A", "B"},
                      .right = {true, false, false, true, true}};
    const json_t *e;
    size_t i;

    json_array_foreach(json_object_get(trace, "events"), i, e)
    {
        char ms[32], kind[32], who[32], a[32], b[32];

        snprintf(ms, sizeof(ms), "%.3f", json_number_value(json_object_get(e, "ns")) / 1e6);
        table_add(&t, (const char *const[]){
                          ms, cell(e, "kind", kind, sizeof(kind)), cell(e, "who", who, sizeof(who)),
                          cell(e, "a", a, sizeof(a)), cell(e, "b", b, sizeof(b))});
    }
    table_print(o, &t);
    table_free(&t);
}

static int run(struct cmd_call *call)
{
    json_t *trace = NULL;
    int code =
        agent_call(call, "guest.trace", json_pack("{s:s}", "name", call->operands[0]), &trace);

    if (code)
        return code;
    if (call->out.json)
        output_json(trace, false);
    else
        print(&call->out, trace);
    json_decref(trace);
    return LUCTL_EXIT_OK;
}

const struct command cmd_guest_trace = {
    .name = "guest trace",
    .summary = "Print the kernel's trace ring",
    .operands = {{.name = "NAME", .completes = CMD_GUESTS}},
    .run = run,
};
