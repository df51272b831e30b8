/* SPDX-License-Identifier: MIT
 *
 * See progress.h.  The agent notifies when a step begins ("begins"), of details
 * while it is under way, and of a failure ("failed: ..."); `ms` counts from the
 * start of the update.  A step's line is printed when it is over.
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
}

/* Once the agent has taken the update on, not before. */
static void announce(struct progress *p)
{
    if (p->announced)
        return;
    p->announced = true;
    fputs("Live update requested for ", stdout);
    for (size_t i = 0; i < p->scenario->n_components; i++)
        printf("%s%s", i ? ", " : "", p->scenario->components[i].name);
    puts(".");
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

static void line(struct progress *p, const char *what, double ms, enum paint paint,
                 const char *text)
{
    clear_bar(p);
    fputs("  ", stdout);
    output_paint(&p->call->out, PAINT_PLAIN, what);
    printf("%*s %9.1f ms", (int)(strlen(what) < 10 ? 10 - strlen(what) : 0), "", ms);
    if (*text) {
        fputs("  ", stdout);
        output_paint(&p->call->out, paint, text);
    }
    putchar('\n');
}

/* The line of the step under way, which ended at `ms`. */
static void step_over(struct progress *p, double ms)
{
    if (p->step && !p->failed)
        line(p, lu_step_word(p->step), ms - p->step_ms, PAINT_DIM, p->notes);
    p->notes[0] = '\0';
}

static void note(struct progress *p, const char *component, const char *text)
{
    size_t used = strlen(p->notes);

    snprintf(p->notes + used, sizeof(p->notes) - used, "%s%s%s%s", used ? "; " : "", component,
             *component ? ": " : "", text);
}

/* "undone (restore)" repeats what the report says. */
static bool is_outcome(const char *text)
{
    char word[16] = "";

    snprintf(word, sizeof(word), "%.*s", (int)strcspn(text, " "), text);
    return lu_outcome_from_word(word) != LU_OUTCOME_NONE;
}

static void step_failed(struct progress *p, double ms)
{
    line(p, lu_step_word(p->step), ms - p->step_ms, PAINT_RED, "failed");
    p->failed = true;
    p->failed_ms = ms;
}

static void show(struct progress *p, enum lu_step step, double ms, const char *component,
                 const char *text)
{
    if (step && step != p->step) {
        step_over(p, ms);
        clear_bar(p);
        p->step = step;
        p->step_ms = ms;
        headline(p, step);
    }
    if (!strcmp(text, "begins") || !strcmp(text, "at work") || is_outcome(text))
        return;
    if (!strncmp(text, "failed: ", 8))
        step_failed(p, ms);
    else if (p->failed)
        line(p, "undo", ms - p->failed_ms, PAINT_DIM, text);
    else
        note(p, component, text);
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
    enum lu_step step = lu_step_from_word(text_of(params, "step"));
    json_int_t txn = json_integer_value(json_object_get(params, "txn"));

    if (strcmp(method, "progress"))
        return 0;
    if (txn > 0)
        p->txn = txn;
    p->last_ms = json_number_value(json_object_get(params, "ms"));
    if (p->call->out.json) {
        p->step = step;
        if (p->call->progress)
            event_json(method, params);
        return 0;
    }
    announce(p);
    show(p, step, p->last_ms, text_of(params, "component"), text_of(params, "text"));
    draw_bar(p);
    fflush(stdout);
    return 0;
}

void progress_end(struct progress *p, const json_t *report)
{
    const json_t *steps = json_object_get(report, "steps");
    const json_t *last = json_array_get(steps, json_array_size(steps) - 1);
    double ms = p->last_ms;

    if (p->call->out.json)
        return;
    if (report)
        announce(p);
    if (!strcmp(text_of(last, "step"), lu_step_word(p->step)))
        ms = p->step_ms + json_number_value(json_object_get(last, "ms"));
    step_over(p, ms);
    clear_bar(p);
    fflush(stdout);
}
