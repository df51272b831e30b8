/* SPDX-License-Identifier: MIT
 *
 * See report.h.  Members that the agent left out are not shown.
 */
#include "report.h"
#include "agent.h"
#include "excerpt.h"
#include "scenario/scenario.h"

#include <stdio.h>
#include <string.h>

int report_exit(const json_t *report)
{
    switch (lu_outcome_from_word(text_of(report, "outcome"))) {
    case LU_OUTCOME_COMMITTED:
        return LUCTL_EXIT_OK;
    case LU_OUTCOME_REFUSED:
        return LUCTL_EXIT_REFUSED;
    case LU_OUTCOME_UNDONE:
        return LUCTL_EXIT_UNDONE;
    case LU_OUTCOME_NONE:
    case LU_OUTCOME_NOT_UNDONE:
        break;
    }
    return LUCTL_EXIT_NOT_UNDONE;
}

static void line(const struct output *o, const char *label, const char *text)
{
    if (!text || !*text)
        return;
    printf("  %-12s ", label);
    output_paint(o, PAINT_PLAIN, text);
    putchar('\n');
}

static const char *rung_says(const char *rung)
{
    switch (lu_rung_from_word(rung)) {
    case LU_RUNG_CANCEL:
        return "cancel: the components run on, nothing was swapped";
    case LU_RUNG_ROLLBACK:
        return "hot rollback: the old versions got their slots back";
    case LU_RUNG_RESTORE:
        return "restore: the guest was put back to its snapshot";
    default:
        return "";
    }
}

/* "net runs its old version", "both components run their old versions", ... */
static void who_runs(const json_t *report, const char *which, char *buf, size_t size)
{
    const json_t *list = json_object_get(report, "components");
    size_t n = json_array_size(list);

    if (n == 1)
        snprintf(buf, size, "%s runs its %s version", text_of(json_array_get(list, 0), "name"),
                 which);
    else if (n == 2)
        snprintf(buf, size, "both components run their %s versions", which);
    else if (n > 2)
        snprintf(buf, size, "all %zu components run their %s versions", n, which);
    else
        snprintf(buf, size, "every component runs its %s version", which);
}

static void print_failure(const struct output *o, const json_t *report)
{
    const char *step = text_of(report, "step"), *component = text_of(report, "component");
    char where[256];

    snprintf(where, sizeof(where), "%s%s%s", step, *component ? ", component " : "", component);
    line(o, "failed at", where);
    line(o, "reason", text_of(report, "reason"));
    line(o, "object", text_of(report, "path"));
    line(o, "stands at", text_of(report, "where"));
    excerpt_print(stdout, o->document, text_of(report, "where"));
    if (lu_rung_from_word(text_of(report, "rung")) != LU_RUNG_REFUSE)
        line(o, "undone by", rung_says(text_of(report, "rung")));
}

static void print_state(const struct output *o, const json_t *report, enum lu_outcome outcome)
{
    enum lu_rung rung = (enum lu_rung)lu_rung_from_word(text_of(report, "rung"));
    char who[128], text[192];

    who_runs(report, "old", who, sizeof(who));
    if (outcome == LU_OUTCOME_REFUSED) {
        line(o, "now", "the guest was not touched");
    } else if (outcome == LU_OUTCOME_UNDONE) {
        snprintf(text, sizeof(text), "%s%s", rung == LU_RUNG_CANCEL ? "nothing was swapped, " : "",
                 who);
        line(o, "now", text);
    } else if (outcome == LU_OUTCOME_NOT_UNDONE) {
        line(o, "now", "the guest is not to be trusted: stop it, or restore a snapshot");
    }
}

static void print_number(const char *label, const json_t *v, const char *unit)
{
    char buf[32];

    if (json_number_value(v) > 0.0)
        printf("  %-12s %s %s\n", label, text_ms(v, buf, sizeof(buf)), unit);
}

static void print_expectation(const struct output *o, const json_t *report)
{
    const json_t *met = json_object_get(report, "expected_outcome_met");

    if (json_is_true(met))
        line(o, "scenario", "expects this outcome");
    else if (json_is_false(met))
        line(o, "scenario", "expects another outcome");
}

static void print_components(const struct output *o, const json_t *report)
{
    struct table t = {
        .heads = {"COMPONENT", "OLD BUILD", "NEW BUILD", "OBJECTS", "BYTES", "POINTERS"},
        .right = {false, false, false, true, true, true}};
    const json_t *c;
    size_t i;

    json_array_foreach(json_object_get(report, "components"), i, c)
    {
        char old[16], new[16], num[3][32];

        snprintf(old, sizeof(old), "%.12s", text_of(c, "old_build_id"));
        snprintf(new, sizeof(new), "%.12s", text_of(c, "new_build_id"));
        table_add(&t, (const char *const[]){
                          text_of(c, "name"), old, new,
                          text_int(json_object_get(c, "objects"), num[0], sizeof(num[0])),
                          text_int(json_object_get(c, "bytes"), num[1], sizeof(num[1])),
                          text_int(json_object_get(c, "pointers"), num[2], sizeof(num[2]))});
    }
    if (t.n_rows)
        table_print(o, &t);
    table_free(&t);
}

static const char *yes_no(const json_t *v)
{
    return json_is_boolean(v) ? json_is_true(v) ? "yes" : "no" : NULL;
}

/* How the update went when the agent tried it out. */
static void print_rehearsals(const struct output *o, const json_t *report)
{
    static const char *const words[] = {"handled", "allowed", "unreached", "unreached_bytes"};
    struct table t = {.heads = {"COMPONENT", "REHEARSAL", "MS", "AUDITED", "COMPARED", "EXEMPT",
                                "HANDLED", "ALLOWED", "UNREACHED", "BYTES"},
                      .right = {false, false, true, false, true, true, true, true, true, true}};
    const json_t *c;
    size_t i;

    json_array_foreach(json_object_get(report, "components"), i, c)
    {
        const json_t *r = json_object_get(c, "rehearsal"), *back = json_object_get(r, "reverse");
        char ms[32], num[6][32];

        if (!r)
            continue;
        text_int(json_object_get(back, "objects"), num[0], sizeof(num[0]));
        text_int(json_object_get(back, "exempt"), num[1], sizeof(num[1]));
        for (size_t k = 0; k < 4; k++)
            text_int(json_object_get(r, words[k]), num[2 + k], sizeof(num[0]));
        table_add(&t, (const char *const[]){text_of(c, "name"), text_of(r, "mode"),
                                            text_ms(json_object_get(r, "ms"), ms, sizeof(ms)),
                                            yes_no(json_object_get(r, "audited")), num[0], num[1],
                                            num[2], num[3], num[4], num[5]});
    }
    if (t.n_rows)
        table_print(o, &t);
    table_free(&t);
}

/* "17", or "-" when the report does not say. */
static const char *changes_text(const json_t *component, const char *subject, char *buf,
                                size_t size)
{
    const json_t *n = json_object_get(component, subject);
    json_int_t sum = json_integer_value(json_object_get(n, "changed")) +
                     json_integer_value(json_object_get(n, "added")) +
                     json_integer_value(json_object_get(n, "removed"));

    snprintf(buf, size, n ? "%" JSON_INTEGER_FORMAT : "-", sum);
    return buf;
}

/* What the update changes, and what had to be written for it. */
static void print_effort(const struct output *o, const json_t *report)
{
    struct table t = {.heads = {"COMPONENT", "CHANGED FUNCTIONS", "TYPES", "GLOBALS",
                                "TRANSFER LINES", "ANNOTATIONS", "RULES"},
                      .right = {false, true, true, true, true, true, true}};
    const json_t *c;
    size_t i;

    json_array_foreach(json_object_get(report, "components"), i, c)
    {
        char num[6][32];

        if (!json_object_get(c, "transfer_lines"))
            continue;
        table_add(&t, (const char *const[]){
                          text_of(c, "name"), changes_text(c, "functions", num[0], sizeof(num[0])),
                          changes_text(c, "types", num[1], sizeof(num[1])),
                          changes_text(c, "globals", num[2], sizeof(num[2])),
                          text_int(json_object_get(c, "transfer_lines"), num[3], sizeof(num[3])),
                          text_int(json_object_get(c, "annotations"), num[4], sizeof(num[4])),
                          text_int(json_object_get(c, "rules"), num[5], sizeof(num[5]))});
    }
    if (t.n_rows)
        table_print(o, &t);
    table_free(&t);
}

static void print_tables(const struct output *o, const json_t *report)
{
    print_components(o, report);
    print_rehearsals(o, report);
    print_effort(o, report);
}

static void print_last_line(const struct output *o, enum lu_outcome outcome, const char *rung)
{
    switch (outcome) {
    case LU_OUTCOME_COMMITTED:
        output_paint(o, PAINT_GREEN, "Live update done.");
        break;
    case LU_OUTCOME_REFUSED:
        output_paint(o, PAINT_YELLOW, "Live update refused.");
        break;
    case LU_OUTCOME_UNDONE:
        output_paint(o, PAINT_YELLOW, "Live update undone");
        printf(" (%s).", lu_rung_from_word(rung) < 0 ? "?" : rung);
        break;
    case LU_OUTCOME_NOT_UNDONE:
        output_paint(o, PAINT_RED, "Live update NOT undone.");
        break;
    case LU_OUTCOME_NONE:
        output_paint(o, PAINT_RED, "Live update not decided yet.");
        break;
    }
    putchar('\n');
}

void report_print_end(const struct output *o, const json_t *report)
{
    enum lu_outcome outcome = lu_outcome_from_word(text_of(report, "outcome"));

    print_last_line(o, outcome, text_of(report, "rung"));
    if (outcome != LU_OUTCOME_COMMITTED)
        print_failure(o, report);
    print_state(o, report, outcome);
    print_number("vCPU pause", json_object_get(report, "pause_ms"), "ms");
    print_number("rehearsal", json_object_get(report, "rehearse_ms"), "ms");
    print_number("output held", json_object_get(report, "hold_ms"), "ms");
    print_expectation(o, report);
    if (outcome == LU_OUTCOME_COMMITTED)
        print_tables(o, report);
}

void report_print(const struct output *o, const json_t *report)
{
    struct table t = {.heads = {"STEP", "MS"}, .right = {false, true}};
    const json_t *s;
    char buf[64];
    size_t i;

    printf("Transaction %s, guest ", text_int(json_object_get(report, "txn"), buf, sizeof(buf)));
    output_paint(o, PAINT_BOLD, text_of(report, "guest"));
    putchar('\n');
    line(o, "applied", text_of(report, "scenario"));
    line(o, "started", text_of(report, "started"));
    report_print_end(o, report);
    if (lu_outcome_from_word(text_of(report, "outcome")) != LU_OUTCOME_COMMITTED)
        print_tables(o, report);
    json_array_foreach(json_object_get(report, "steps"), i, s)
    {
        char ms[32];

        table_add(&t, (const char *const[]){text_of(s, "step"),
                                            text_ms(json_object_get(s, "ms"), ms, sizeof(ms))});
    }
    if (t.n_rows)
        table_print(o, &t);
    table_free(&t);
}

static int newest(struct cmd_call *call, long long *ret)
{
    json_t *list = NULL, *first;
    int code = agent_call(call, "history.list", json_pack("{s:i}", "limit", 1), &list);

    if (code)
        return code;
    first = json_array_get(json_object_get(list, "transactions"), 0);
    *ret = json_integer_value(json_object_get(first, "txn"));
    if (!first)
        code = output_error(&call->out, LUCTL_EXIT_NOT_FOUND, "not-found", NULL, NULL,
                            "there is no transaction yet");
    json_decref(list);
    return code;
}

int report_show(struct cmd_call *call, const char *txn)
{
    json_t *report = NULL;
    long long number = 0;
    int code = LUCTL_EXIT_OK;

    if (!txn)
        code = newest(call, &number);
    else if (!cmd_number(call, "TXN", txn, 1, 0x7fffffffffffffffll, &number))
        code = LUCTL_EXIT_ERROR;
    if (!code)
        code = agent_call(call, "history.report", json_pack("{s:I}", "txn", (json_int_t)number),
                          &report);
    if (code)
        return code;
    if (call->out.json)
        output_json(report, false);
    else
        report_print(&call->out, report);
    json_decref(report);
    return LUCTL_EXIT_OK;
}
