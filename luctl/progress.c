/* SPDX-License-Identifier: MIT
 *
 * See progress.h.  The agent reports each step when it is over, with the time it
 * took; several lines may come for one step, one per component.
 */
#include "progress.h"

#include <stdio.h>
#include <string.h>

#define BAR_CELLS 26u

static void clear_bar(struct progress *p)
{
    if (p->bar)
        fputs("\r\033[K", stdout);
    p->bar = false;
}

static void draw_bar(struct progress *p)
{
    unsigned done = (unsigned)p->step * BAR_CELLS / (LU_STEP_COUNT - 1);

    if (!p->call->out.terminal || p->call->out.json)
        return;
    fputs("  [", stdout);
    for (unsigned i = 0; i < BAR_CELLS; i++)
        fputc(i < done ? '#' : '.', stdout);
    printf("] %u/%u %s", (unsigned)p->step, (unsigned)LU_STEP_COUNT - 1, lu_step_word(p->step));
    p->bar = true;
    fflush(stdout);
}

void progress_begin(struct progress *p, const struct cmd_call *call,
                    const struct lu_scenario *scenario)
{
    *p = (struct progress){.call = call, .scenario = scenario};
    if (call->out.json)
        return;
    fputs("Live update requested for ", stdout);
    for (size_t i = 0; i < scenario->n_components; i++)
        printf("%s%s", i ? ", " : "", scenario->components[i].name);
    puts(".");
    fflush(stdout);
}

static void headline(struct progress *p, enum lu_step step)
{
    if (p->headline[step])
        return;
    p->headline[step] = true;
    if (step == LU_STEP_STAGE) {
        for (size_t i = 0; i < p->scenario->n_components; i++) {
            fputs("Loading ", stdout);
            output_paint(&p->call->out, PAINT_PLAIN, p->scenario->components[i].image);
            puts(" ...");
        }
    } else if (step == LU_STEP_PREPARE) {
        puts("Applying changes...");
    } else if (step == LU_STEP_CLEANUP) {
        puts("Cleaning up old version...");
    }
}

static void step_line(struct progress *p, const char *word, const json_t *params)
{
    const char *component = text_of(params, "component"), *text = text_of(params, "text");
    char ms[32];

    text_ms(json_object_get(params, "ms"), ms, sizeof(ms));
    fputs("  ", stdout);
    output_paint(&p->call->out, PAINT_PLAIN, word);
    printf("%*s %8s ms", (int)(strlen(word) < 10 ? 10 - strlen(word) : 0), "", ms);
    if (*component) {
        fputs("  ", stdout);
        output_paint(&p->call->out, PAINT_PLAIN, component);
    }
    if (*text) {
        fputs(*component ? ": " : "  ", stdout);
        output_paint(&p->call->out, PAINT_DIM, text);
    }
    putchar('\n');
}

static void event_json(const char *method, json_t *params)
{
    json_t *event = json_pack("{s:s}", "event", method);

    json_object_update(event, params);
    output_json(event, true);
    json_decref(event);
}

int progress_notify(void *arg, const char *method, json_t *params)
{
    struct progress *p = arg;
    const char *word = text_of(params, "step");
    enum lu_step step = lu_step_from_word(word);
    json_int_t txn = json_integer_value(json_object_get(params, "txn"));

    if (strcmp(method, "progress"))
        return 0;
    if (txn > 0)
        p->txn = txn;
    if (p->call->out.json) {
        if (p->call->progress)
            event_json(method, params);
        return 0;
    }
    clear_bar(p);
    if (step) {
        p->step = step;
        headline(p, step);
    }
    step_line(p, step ? word : "-", params);
    fflush(stdout);
    draw_bar(p);
    return 0;
}

void progress_end(struct progress *p)
{
    clear_bar(p);
    fflush(stdout);
}
