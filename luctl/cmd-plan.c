/* SPDX-License-Identifier: MIT
 *
 * luctl plan: what an update would do.
 */
#include "agent.h"
#include "scenario-file.h"

#include <stdio.h>
#include <string.h>

static void print_text(const struct output *o, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        char part[512];

        snprintf(part, sizeof(part), "%.*s", (int)n, text);
        fputs("  ", stdout);
        output_paint(o, PAINT_PLAIN, part);
        putchar('\n');
        text += n + (text[n] == '\n');
    }
}

static void print(const struct output *o, const json_t *plan)
{
    const json_t *c;
    size_t i;

    json_array_foreach(json_object_get(plan, "components"), i, c)
    {
        output_paint(o, PAINT_BOLD, text_of(c, "name"));
        fputs(": ", stdout);
        output_paint(o, PAINT_PLAIN, text_of(c, "image"));
        printf(", %.12s to %.12s%s\n", text_of(c, "old_build_id"), text_of(c, "new_build_id"),
               json_is_true(json_object_get(c, "identical")) ? " (identical)" : "");
        print_text(o, text_of(c, "text"));
    }
}

static int run(struct cmd_call *call)
{
    struct scenario_file f;
    json_t *plan = NULL;
    int code = scenario_file_open(call, call->operands[0], &f);

    if (!code)
        code = agent_call(call, "scenario.plan",
                          scenario_file_params(&f, cmd_value(call, "guest")), &plan);
    if (!code && call->out.json)
        output_json(plan, false);
    else if (!code)
        print(&call->out, plan);
    json_decref(plan);
    scenario_file_close(&f);
    return code;
}

const struct command cmd_plan = {
    .name = "plan",
    .summary = "Show what a scenario would do to a guest, and do nothing",
    .details = "Compares the types of the running versions with the new ones', and shows how each "
               "kind of object would be carried over. Exit status 2: the update would be refused.",
    .operands = {{.name = "SCENARIO", .completes = CMD_FILES}},
    .options = {{.name = "guest", .arg = "NAME", .letter = 'g', .flags = CMD_REQUIRED,
                 .completes = CMD_GUESTS, .help = "the guest"}},
    .run = run,
};
