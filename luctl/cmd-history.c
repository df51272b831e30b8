/* SPDX-License-Identifier: MIT
 *
 * luctl history: the transactions in the agent's journal.
 */
#include "agent.h"
#include "report.h"

#include <stdio.h>

static void print(const struct output *o, const json_t *list)
{
    struct table t = {
        .heads = {"TXN", "STARTED", "GUEST", "SCENARIO", "OUTCOME", "RUNG", "STEP", "MS", "REASON"},
        .right = {true, false, false, false, false, false, false, true, false}};
    const json_t *x;
    size_t i;

    json_array_foreach(json_object_get(list, "transactions"), i, x)
    {
        char txn[32], ms[32];

        table_add(&t, (const char *const[]){
                          text_int(json_object_get(x, "txn"), txn, sizeof(txn)),
                          text_of(x, "started"), text_of(x, "guest"), text_of(x, "scenario"),
                          text_of(x, "outcome"), text_of(x, "rung"), text_of(x, "step"),
                          text_ms(json_object_get(x, "ms"), ms, sizeof(ms)), text_of(x, "reason")});
    }
    table_print(o, &t);
    table_free(&t);
}

static int run(struct cmd_call *call)
{
    const char *guest = cmd_value(call, "guest"), *last = cmd_value(call, "last");
    json_t *params, *list = NULL;
    long long limit = 0;
    int code;

    if (call->n_operands)
        return report_show(call, call->operands[0]);
    if (last && !cmd_number(call, "--last", last, 1, 10000, &limit))
        return LUCTL_EXIT_ERROR;
    params = json_object();
    if (guest)
        json_object_set_new(params, "guest", json_string(guest));
    if (last)
        json_object_set_new(params, "limit", json_integer(limit));
    code = agent_call(call, "history.list", params, &list);
    if (code)
        return code;
    if (call->out.json)
        output_json(list, false);
    else
        print(&call->out, list);
    json_decref(list);
    return LUCTL_EXIT_OK;
}

const struct command cmd_history = {
    .name = "history",
    .summary = "List the updates so far, newest first",
    .details = "With a transaction's number: its report, as 'luctl report' prints it.",
    .operands = {{.name = "TXN", .flags = CMD_OPTIONAL}},
    .options =
        {{.name = "guest",
          .arg = "NAME",
          .letter = 'g',
          .completes = CMD_GUESTS,
          .help = "only those of this guest"},
         {.name = "last", .arg = "N", .letter = 'n', .help = "only the N newest, default 100"}},
    .run = run,
};
