/* SPDX-License-Identifier: MIT
 *
 * The course of a transaction.  A step that fails leaves its reason in the
 * transaction; the undo ladder takes it from there.
 */
#include "txn-private.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"

void hva_txn_tell(struct hva_txn *t, const char *component, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    hva_info(t->g->link.area, "txn %llu %s%s%s: %s", (unsigned long long)t->id,
             lu_step_word(t->step), component ? " " : "", component ? component : "", text);
    if (t->order && t->order->progress)
        t->order->progress(t->order->arg, t->id, lu_step_word(t->step), component,
                           hva_ms_since(t->start_ns), text);
}

static void inject_fault(struct hva_txn *t, enum lu_step step)
{
    const struct lu_scenario *scn = t->order ? t->order->scn : NULL;

    for (size_t i = 0; scn && i < scn->n_faults; i++) {
        if (scn->faults[i].kind != LU_SCN_KILL_AGENT || scn->faults[i].at != step)
            continue;
        hva_warn(t->g->link.area, "txn %llu: the scenario asks to kill the agent at %s",
                 (unsigned long long)t->id, lu_step_word(step));
        raise(SIGKILL);
    }
}

int hva_txn_enter(struct hva_txn *t, enum lu_step step, struct lu_err *err)
{
    int r = hva_journal_txn_step(t->g->site->journal, t->id, step, hva_wall_ns(), err);

    if (r < 0)
        return r;
    t->step = step;
    if (t->n_steps < LU_STEP_COUNT)
        t->steps[t->n_steps++] = (struct hva_txn_step){step, hva_now_ns()};
    inject_fault(t, step);
    hva_txn_tell(t, NULL, "begins");
    return 0;
}

int hva_txn_journal_state(struct hva_txn *t, struct lu_err *err)
{
    json_t *list = json_array(), *state;
    char old_hex[2 * LU_BUILD_ID_SIZE + 1], new_hex[2 * LU_BUILD_ID_SIZE + 1];
    int r;

    for (size_t i = 0; i < t->n; i++) {
        hva_hex(t->components[i].old_id, LU_BUILD_ID_SIZE, old_hex);
        hva_hex(t->components[i].new_id, LU_BUILD_ID_SIZE, new_hex);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", t->components[i].name,
                                              "old", old_hex, "new", new_hex));
    }
    state = json_pack("{s:b, s:b, s:b, s:b, s:I, s:o}", "touched", t->touched, "saved", t->saved,
                      "decided", t->decided, "restoring", t->restoring, "saved_ns",
                      (json_int_t)t->saved_ns, "components", list);
    if (!state)
        return lu_err_set(err, -ENOMEM, "out of memory");
    r = hva_journal_txn_state(t->g->site->journal, t->id, state, err);
    json_decref(state);
    return r;
}

int hva_txn_failed(struct hva_txn *t, const struct hva_frame *f, struct lu_err *err)
{
    struct lu_ch_failed failed;
    char text[sizeof(failed.text) + 1];

    memcpy(&failed, f->payload, sizeof(failed));
    hva_text_copy(t->component, sizeof(t->component), failed.component, LU_NAME_MAX, false);
    hva_text_copy(t->path, sizeof(t->path), failed.path, sizeof(failed.path), false);
    hva_text_copy(text, sizeof(text), failed.text, sizeof(failed.text), false);
    t->guest_rung = failed.rung < LU_RUNG_COUNT ? (int32_t)failed.rung : -1;
    if (failed.step > t->step && failed.step < LU_STEP_COMMIT)
        t->step = failed.step;
    return lu_err_set(err, -EREMOTEIO, "%s", text[0] ? text : "the guest gave up without a reason");
}

int hva_txn_send(struct hva_txn *t, uint16_t type, struct lu_err *err)
{
    struct lu_ch_txn payload = {.txn = t->id};

    return hva_link_send(&t->g->link, type, &payload, sizeof(payload), HVA_SEND_MS, err);
}

/* The guest reports a step that runs inside it. */
static void on_progress(void *arg, const struct lu_ch_progress *p)
{
    struct hva_txn *t = arg;
    struct lu_err err = {0};

    if (p->step > t->step && p->step <= LU_STEP_INIT && t->step >= LU_STEP_METADATA) {
        if (hva_txn_enter(t, p->step, &err) < 0)
            hva_warn(t->g->link.area, "%s", err.text);
    } else if (p->step == t->step && p->index < t->n) {
        hva_txn_tell(t, t->components[p->index].name, "at work");
    }
}

int hva_txn_wait(struct hva_txn *t, unsigned want, unsigned ms, struct hva_frame *ret,
                 struct lu_err *err)
{
    struct hva_wait w = {.want = {want, LU_CH_FAILED},
                         .txn = t->id,
                         .deadline_ns = hva_deadline(ms),
                         .lease = true,
                         .health = true,
                         .progress = on_progress,
                         .arg = t};
    int r = hva_talk_wait(t->g, &w, ret, err);

    if (r == 0 && ret->head.type == LU_CH_FAILED)
        return hva_txn_failed(t, ret, err);
    return r;
}

static int refused(struct hva_txn *t, const struct hva_refusal *refusal, int r)
{
    if (refusal->diag.line)
        lu_scn_diag_where(&refusal->diag, t->where, sizeof(t->where));
    snprintf(t->path, sizeof(t->path), "%s", refusal->path[0] ? refusal->path : refusal->diag.path);
    snprintf(t->component, sizeof(t->component), "%s",
             refusal->component ? refusal->component : "");
    return r;
}

static int step_validate(struct hva_txn *t, struct lu_err *err)
{
    struct hva_refusal refusal = {0};
    int r = hva_plan_open(&t->plan, t->order->scn, t->order->base_dir, &t->g->site->store, &refusal,
                          err);

    return r < 0 ? refused(t, &refusal, r) : 0;
}

static void note_components(struct hva_txn *t)
{
    t->n = t->plan.n;
    for (size_t i = 0; i < t->n; i++) {
        struct hva_txn_component *c = &t->components[i];

        snprintf(c->name, sizeof(c->name), "%s", t->plan.components[i].scn->name);
        memcpy(c->old_id, st_image_build_id(t->plan.components[i].old_image), LU_BUILD_ID_SIZE);
        memcpy(c->new_id, st_image_build_id(t->plan.components[i].new_image), LU_BUILD_ID_SIZE);
        t->plan.components[i].prepare.txn = t->id;
    }
}

static int step_plan(struct hva_txn *t, struct lu_err *err)
{
    struct lu_ch_component running[HVA_STATUS_MAX];
    struct lu_ch_status status;
    struct hva_refusal refusal = {0};
    size_t n;
    int r = hva_talk_status(t->g, false, (int)HVA_ANSWER_MS, err);

    if (r < 0)
        return r;
    if (!hva_guest_status(t->g, &status, running, &n))
        return lu_err_set(err, -EAGAIN, "the guest has not reported its components");
    if (status.txn != 0)
        return lu_err_set(err, -EBUSY, "the guest is still in transaction %llu",
                          (unsigned long long)status.txn);
    r = hva_plan_make(&t->plan, running, n, &t->g->site->store, &refusal, err);
    if (r < 0)
        return refused(t, &refusal, r);
    note_components(t);
    return 0;
}

static int step_commit(struct hva_txn *t, struct lu_err *err)
{
    struct hva_frame f;
    int r = hva_txn_send(t, LU_CH_COMMIT, err);

    return r < 0 ? r : hva_txn_wait(t, LU_CH_COMMITTED, HVA_ANSWER_MS, &f, err);
}

static int step_decide(struct hva_txn *t, struct lu_err *err)
{
    struct hva_gate_stats stats;

    hva_gate_stats(t->gate, &stats);
    if (stats.overflow)
        return lu_err_set(err, -ENOBUFS,
                          "the guest sent more than %zu bytes while its output was "
                          "held",
                          t->g->site->hold_limit);
    t->decided = true;
    return hva_txn_journal_state(t, err);
}

static int run_steps(struct hva_txn *t, struct lu_err *err)
{
    static const struct {
        enum lu_step step;
        int (*run)(struct hva_txn *t, struct lu_err *err);
    } course[] = {
        {LU_STEP_VALIDATE, step_validate},    {LU_STEP_PLAN, step_plan},
        {LU_STEP_STAGE, hva_txn_stage},       {LU_STEP_PREPARE, hva_txn_prepare},
        {LU_STEP_SNAPSHOT, hva_txn_snapshot}, {LU_STEP_METADATA, hva_txn_proceed},
        {LU_STEP_CHECK, hva_txn_check},
    };
    int r;

    for (size_t i = 0; i < sizeof(course) / sizeof(course[0]); i++) {
        r = hva_txn_enter(t, course[i].step, err);
        if (r == 0)
            r = course[i].run(t, err);
        if (r < 0)
            return r;
    }
    r = step_decide(t, err);
    if (r == 0)
        r = hva_txn_enter(t, LU_STEP_COMMIT, err);
    return r < 0 ? r : step_commit(t, err);
}

static void conclude(struct hva_txn *t)
{
    struct lu_err err = {0};

    t->outcome = "committed";
    t->rung = LU_RUNG_NONE;
    if (hva_txn_enter(t, LU_STEP_CLEANUP, &err) < 0)
        hva_warn(t->g->link.area, "%s", err.text);
    hva_txn_release(t);
}

static void take_time(struct hva_txn *t)
{
    t->start_ns = hva_now_ns();
    t->start_wall_ns = hva_wall_ns();
    t->guest_rung = -1;
}

static void set_txn(struct hva_guest *g, uint64_t txn)
{
    pthread_mutex_lock(&g->lock);
    g->txn = txn;
    pthread_mutex_unlock(&g->lock);
}

static void txn_close(struct hva_txn *t)
{
    hva_gate_free(t->gate);
    hva_ram_copy_close(&t->copy);
    hva_plan_free(&t->plan);
    set_txn(t->g, 0);
}

int hva_txn_run(struct hva_guest *g, const struct hva_txn_order *order, json_t **ret_report,
                struct lu_err *err)
{
    struct hva_txn t = {.g = g, .order = order};
    struct lu_err cause = {0};
    json_t *report;
    int r;

    take_time(&t);
    r = hva_journal_txn_begin(g->site->journal, g->spec.name, order->scn->name, t.start_wall_ns,
                              &t.id, err);
    if (r < 0)
        return r;
    set_txn(g, t.id);
    if (run_steps(&t, &cause) < 0) {
        snprintf(t.reason, sizeof(t.reason), "%s", cause.text);
        hva_txn_tell(&t, t.component[0] ? t.component : NULL, "failed: %s%s%s", t.path,
                     t.path[0] ? ": " : "", t.reason);
        hva_txn_undo(&t);
    } else {
        conclude(&t);
    }
    report = hva_txn_report(&t);
    r = hva_journal_txn_settle(g->site->journal, t.id, t.outcome, report, err);
    if (r < 0) {
        hva_error(g->link.area, "txn %llu is %s, but: %s", (unsigned long long)t.id, t.outcome,
                  err ? err->text : "");
        r = 0; /* the outcome stands; a new agent will find it out again */
    }
    hva_talk_status(g, false, (int)HVA_ANSWER_MS, NULL);
    txn_close(&t);
    *ret_report = report;
    return r;
}

int hva_txn_plan(struct hva_guest *g, const struct hva_txn_order *order, json_t **ret,
                 struct hva_refused *ret_refused, struct lu_err *err)
{
    struct hva_txn t = {.g = g, .order = order};
    int r;

    take_time(&t);
    r = step_validate(&t, err);
    if (r == 0)
        r = step_plan(&t, err);
    if (r < 0) {
        snprintf(ret_refused->where, sizeof(ret_refused->where), "%s", t.where);
        snprintf(ret_refused->path, sizeof(ret_refused->path), "%s", t.path);
        snprintf(ret_refused->component, sizeof(ret_refused->component), "%s", t.component);
    } else {
        *ret = json_pack("{s:s, s:o}", "scenario", order->scn->name, "components",
                         hva_plan_json(&t.plan));
    }
    hva_plan_free(&t.plan);
    return r;
}
