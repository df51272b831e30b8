/* SPDX-License-Identifier: MIT
 *
 * luctl guest console: what the guest's kernel and components have printed.
 */
#include "agent.h"

#include <stdio.h>
#include <string.h>

struct console {
    const struct cmd_call *call;
    json_t *pieces; /* --json without --progress: collected for the document */
};

/* The guest chooses these bytes: no escape sequence reaches the terminal. */
static void print_clean(const char *data)
{
    for (const unsigned char *p = (const unsigned char *)data; *p; p++)
        if ((*p >= 0x20 && *p != 0x7f) || *p == '\n' || *p == '\t')
            putchar(*p);
        else if (*p != '\r')
            putchar('?');
    fflush(stdout);
}

static int on_data(void *arg, const char *method, json_t *params)
{
    struct console *c = arg;
    const char *data = text_of(params, "data");

    if (strcmp(method, "console"))
        return 0;
    if (!c->call->out.json)
        print_clean(data);
    else if (c->call->progress)
        output_json(params, true);
    else
        json_array_append_new(c->pieces, json_string(data));
    return 0;
}

static void print_pieces(const char *name, json_t *pieces)
{
    json_t *text = json_string(""), *doc, *piece;
    size_t i;

    json_array_foreach(pieces, i, piece)
    {
        json_t *joined = json_sprintf("%s%s", json_string_value(text), json_string_value(piece));

        json_decref(text);
        text = joined;
    }
    doc = json_pack("{s:s, s:o}", "name", name, "console", text);
    output_json(doc, false);
    json_decref(doc);
}

static int run(struct cmd_call *call)
{
    struct console console = {.call = call, .pieces = json_array()};
    bool follow = cmd_given(call, "follow");
    json_t *params = json_pack("{s:s, s:b}", "name", call->operands[0], "follow", follow);
    const char *bytes = cmd_value(call, "bytes");
    struct hva_client *client = NULL;
    json_t *result = NULL;
    long long n = 0;
    int code = LUCTL_EXIT_OK;

    if (bytes && !cmd_number(call, "--bytes", bytes, 0, 16 << 20, &n))
        code = LUCTL_EXIT_ERROR;
    else if (bytes)
        json_object_set_new(params, "bytes", json_integer(n));
    if (!code)
        code = agent_open(call, &client);
    if (!code)
        code = agent_call_on(call, client, "guest.console", json_incref(params),
                             follow ? -1 : AGENT_TIMEOUT_MS, on_data, &console, &result, NULL);
    if (!code && call->out.json && !call->progress)
        print_pieces(call->operands[0], console.pieces);
    hva_client_close(client);
    json_decref(result);
    json_decref(params);
    json_decref(console.pieces);
    return code;
}

const struct command cmd_guest_console = {
    .name = "guest console",
    .summary = "Print what a guest has written to its console",
    .details = "Control characters are shown as '?'. With --json, --follow wants --progress to "
               "show anything before the guest ends.",
    .operands = {{.name = "NAME", .completes = CMD_GUESTS}},
    .options = {{.name = "follow", .letter = 'F', .help = "go on until the guest ends"},
                {.name = "bytes", .arg = "N", .help = "start this far back, default 16384"}},
    .run = run,
};
