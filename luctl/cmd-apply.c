/* SPDX-License-Identifier: MIT
 *
 * luctl apply: one live update.
 */
#include "agent.h"
#include "progress.h"
#include "report.h"
#include "scenario-file.h"

#include <errno.h>

/* The agent went away.  Once it has named a transaction, the guest may have been
 * touched and only the next agent can tell how it ended. */
static int broken(struct cmd_call *call, const struct progress *p, const struct lu_err *err)
{
    if (p->txn)
        return output_error(&call->out, LUCTL_EXIT_NOT_UNDONE, "undecided", NULL, NULL,
                            "%s at step %s of transaction %lld; an agent settles it when it "
                            "starts again: see 'luctl report %lld'",
                            err->text, lu_step_word(p->step), (long long)p->txn, (long long)p->txn);
    return output_error(&call->out, err->code == -EPROTO ? LUCTL_EXIT_ERROR : LUCTL_EXIT_NO_AGENT,
                        "no-agent", NULL, NULL, "%s", err->text);
}

static int show(struct cmd_call *call, const json_t *report)
{
    if (call->out.json)
        output_json(report, call->progress);
    else
        report_print_end(&call->out, report);
    return report_exit(report);
}

static int apply(struct cmd_call *call, struct scenario_file *f, struct hva_client *c)
{
    const struct lu_scenario *s = f->scenario;
    int silence = (int)(s->prepare_ms + s->transfer_ms + s->check_ms) + AGENT_TIMEOUT_MS;
    struct lu_err err = {0};
    struct progress p;
    json_t *report = NULL;
    int code;

    progress_begin(&p, call, s);
    code =
        agent_call_on(call, c, "scenario.apply", scenario_file_params(f, cmd_value(call, "guest")),
                      silence, progress_notify, &p, &report, &err);
    progress_end(&p, report);
    if (err.code)
        return broken(call, &p, &err);
    if (!code)
        code = show(call, report);
    json_decref(report);
    return code;
}

static int run(struct cmd_call *call)
{
    struct hva_client *c = NULL;
    struct scenario_file f;
    int code = scenario_file_open(call, call->operands[0], &f);

    if (!code)
        code = agent_open(call, &c);
    if (!code)
        code = apply(call, &f, c);
    hva_client_close(c);
    scenario_file_close(&f);
    return code;
}

const struct command cmd_apply = {
    .name = "apply",
    .summary = "Update a running guest as a scenario says",
    .details = "Replaces the scenario's components all together, or none of them. Prints each step "
               "with its time, and at the end what became of it. An update that fails is undone: "
               "refused, cancelled, rolled back, or the guest put back to its snapshot.\n\n"
               "Ending luctl does not end the update. If the agent dies meanwhile, the exit status "
               "is 4: the next agent settles the transaction, 'luctl report' shows how.",
    .operands = {{.name = "SCENARIO", .completes = CMD_FILES}},
    .options = {CMD_OPTION_GUEST},
    .run = run,
};
