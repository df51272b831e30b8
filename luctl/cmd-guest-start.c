/* SPDX-License-Identifier: MIT
 *
 * luctl guest start: a new guest.
 */
#include "agent.h"
#include "guest-view.h"

#include <stdio.h>
#include <string.h>

/* "8007:7" to {host_port, guest_port}; NULL after a usage error was told. */
static json_t *forward(struct cmd_call *call, const char *text)
{
    long long host, guest;
    char left[16] = "";
    const char *colon = strchr(text, ':');

    snprintf(left, sizeof(left), "%.*s", colon ? (int)(colon - text) : 0, text);
    if (!cmd_number(call, "the host's port in --forward", left, 1, 65535, &host) ||
        !cmd_number(call, "the guest's port in --forward", colon ? colon + 1 : "", 1, 65535,
                    &guest))
        return NULL;
    return json_pack("{s:I, s:I}", "host_port", (json_int_t)host, "guest_port", (json_int_t)guest);
}

static int add_forwards(struct cmd_call *call, json_t *params)
{
    json_t *list = json_array();

    json_object_set_new(params, "forwards", list);
    for (size_t i = 0; i < call->n_values; i++) {
        json_t *f;

        if (strcmp(call->values[i].option->name, "forward"))
            continue;
        f = forward(call, call->values[i].text);
        if (!f)
            return LUCTL_EXIT_ERROR;
        json_array_append_new(list, f);
    }
    return LUCTL_EXIT_OK;
}

static int make_params(struct cmd_call *call, json_t *params)
{
    const char *memory = cmd_value(call, "memory"), *accel = cmd_value(call, "accel");
    long long mib;

    json_object_set_new(params, "name", json_string(call->operands[0]));
    if (memory) {
        if (!cmd_number(call, "--memory", memory, 1, 1 << 20, &mib))
            return LUCTL_EXIT_ERROR;
        json_object_set_new(params, "memory_mib", json_integer(mib));
    }
    if (accel)
        json_object_set_new(params, "accel", json_string(accel));
    json_object_set_new(params, "wait", json_boolean(!cmd_given(call, "no-wait")));
    return add_forwards(call, params);
}

static int run(struct cmd_call *call)
{
    json_t *params = json_object(), *info = NULL;
    int code = make_params(call, params);

    if (code) {
        json_decref(params);
        return code;
    }
    code = agent_call(call, "guest.start", params, &info);
    if (code)
        return code;
    if (call->out.json)
        output_json(info, false);
    else
        guest_print_started(&call->out, info);
    json_decref(info);
    return LUCTL_EXIT_OK;
}

const struct command cmd_guest_start = {
    .name = "guest start",
    .summary = "Start a new guest",
    .details = "The guest boots the images of the agent's image directory. luctl returns when the "
               "guest has reported in, unless --no-wait is given.\n\n"
               "With --accel auto the agent uses KVM where a probe shows that it truly works, and "
               "TCG otherwise; it says which, and why.",
    .operands = {{.name = "NAME"}},
    .options = {{.name = "memory", .arg = "MIB", .letter = 'm', .help = "memory, default 64"},
                {.name = "accel",
                 .arg = "HOW",
                 .help = "auto, kvm or tcg; default auto",
                 .completes = CMD_WORDS,
                 .words = "auto kvm tcg"},
                {.name = "forward",
                 .arg = "HOST:GUEST",
                 .flags = CMD_REPEAT,
                 .letter = 'f',
                 .help = "forward this TCP port of the host to that one of the guest"},
                {.name = "no-wait", .help = "do not wait until the guest has reported in"}},
    .run = run,
};
