/* SPDX-License-Identifier: MIT
 *
 * luctl plan: what an update would do.
 */
#include "agent.h"
#include "scenario-file.h"

#include <stdio.h>
#include <string.h>

static void put(const struct output *o, const char *text, size_t n)
{
    char part[512];

    snprintf(part, sizeof(part), "%.*s", (int)(n < sizeof(part) ? n : sizeof(part) - 1), text);
    output_paint(o, PAINT_PLAIN, part);
}

/* "client moved; pcb moved": one line each when there is more than one. */
static void print_detail(const struct output *o, const char *detail)
{
    bool many = strstr(detail, "; ");

    while (*detail) {
        const char *end = strstr(detail, "; ");
        size_t n = end ? (size_t)(end - detail) : strlen(detail);

        fputs(many ? "\n        " : ": ", stdout);
        put(o, detail, n);
        detail += n + (end ? 2 : 0);
    }
    putchar('\n');
}

/* "  changed  global conns (conn.c): struct net_conn [64] -> ..." */
static void print_item(const struct output *o, const json_t *item)
{
    const char *old = text_of(item, "old"), *new = text_of(item, "new");
    const char *scope = text_of(item, "scope"), *change = text_of(item, "change");

    fputs("  ", stdout);
    output_paint(o, PAINT_PLAIN, change);
    printf("%*s", (int)(strlen(change) < 9 ? 9 - strlen(change) : 1), "");
    output_paint(o, PAINT_PLAIN, text_of(item, "subject"));
    putchar(' ');
    output_paint(o, PAINT_BOLD, *old ? old : new);
    if (*old && *new && strcmp(old, new)) {
        fputs(" -> ", stdout);
        output_paint(o, PAINT_BOLD, new);
    }
    if (*scope) {
        fputs(" (", stdout);
        output_paint(o, PAINT_PLAIN, scope);
        putchar(')');
    }
    print_detail(o, text_of(item, "detail"));
}

static void print(const struct output *o, const json_t *plan)
{
    const json_t *c, *item;
    size_t i, j;

    json_array_foreach(json_object_get(plan, "components"), i, c)
    {
        output_paint(o, PAINT_BOLD, text_of(c, "name"));
        fputs(": ", stdout);
        output_paint(o, PAINT_PLAIN, text_of(c, "image"));
        printf(", %.12s to %.12s%s\n  ", text_of(c, "old_build_id"), text_of(c, "new_build_id"),
               json_is_true(json_object_get(c, "identical")) ? " (identical)" : "");
        output_paint(o, PAINT_PLAIN, text_of(c, "text"));
        fputs("\n  rehearsal: ", stdout);
        output_paint(o, PAINT_PLAIN, text_of(c, "rehearse"));
        putchar('\n');
        json_array_foreach(json_object_get(c, "items"), j, item) print_item(o, item);
    }
}

static int run(struct cmd_call *call)
{
    struct scenario_file f;
    json_t *plan = NULL;
    int code = scenario_file_open(call, call->operands[0], &f);

    if (!code)
        code = agent_call(call, "scenario.plan", scenario_file_params(&f, cmd_value(call, "guest")),
                          &plan);
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
    .options = {CMD_OPTION_GUEST},
    .run = run,
};
