/* SPDX-License-Identifier: MIT
 *
 * Methods that change a guest: each becomes a job of the guest's worker and
 * answers from there.
 */
#include "agent-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "snapshot.h"
#include "txn.h"

struct work {
    struct hva_job job;
    struct hva_agent *a;
    struct hva_entry *entry; /* pinned until the job is done */
    struct hva_request *req; /* NULL: nobody waits for an answer */
    struct lu_scenario *scn;
    char *base_dir;
    char name[HVA_SNAPSHOT_NAME_MAX + 1];
    json_t *open;
    /* What the job came to. */
    int code;
    json_t *result;
    bool is_refused;
    struct hva_refused refused;
    struct lu_err err;
};

static void answer(struct work *w)
{
    if (w->code >= 0)
        hva_rpc_result(w->req, json_incref(w->result));
    else if (w->is_refused)
        hva_rpc_error(w->req, w->code, "refused", w->refused.where, w->refused.path, w->err.text);
    else
        hva_agent_fail(w->req, &w->err);
}

static void work_free(struct work *w)
{
    lu_scenario_free(w->scn);
    json_decref(w->result);
    json_decref(w->open);
    free(w->base_dir);
    free(w);
}

static void work_done(struct hva_job *job)
{
    struct work *w = (struct work *)job;

    if (w->entry)
        hva_agent_unpin(w->a, w->entry);
    if (w->req)
        answer(w);
    work_free(w);
}

static struct work *work_new(struct hva_agent *a, const char *what,
                             void (*run)(struct hva_guest *g, struct hva_job *job))
{
    struct work *w = calloc(1, sizeof(*w));

    if (w)
        *w = (struct work){.job = {.run = run, .done = work_done, .what = what}, .a = a};
    return w;
}

static void submit_failed(struct work *w, const struct lu_err *err)
{
    if (w->entry)
        hva_agent_unpin(w->a, w->entry);
    hva_agent_fail(w->req, err);
    work_free(w);
}

static bool find_guest(struct work *w, struct hva_request *req, const char *guest,
                       struct lu_err *err)
{
    w->req = req;
    if (guest)
        w->entry = hva_agent_find(w->a, guest, err);
    else
        lu_err_set(err, -EINVAL, "which guest?");
    return w->entry != NULL;
}

/* Finds the guest named in params and gives its worker the job. */
static void submit(struct work *w, struct hva_request *req, const char *guest)
{
    struct lu_err err = {0};

    if (!find_guest(w, req, guest, &err) || hva_guest_submit(w->entry->guest, &w->job, &err) < 0)
        submit_failed(w, &err);
}

static void no_memory(struct hva_request *req)
{
    struct lu_err err = {0};

    lu_err_set(&err, -ENOMEM, "out of memory");
    hva_agent_fail(req, &err);
}

/* --- stop --- */

/* The guest is removed from the list by the RPC thread (methods.c, reap), which answers. */
static void run_stop(struct hva_guest *g, struct hva_job *job)
{
    struct work *w = (struct work *)job;

    w->code = hva_guest_stop(g, &w->err);
    if (w->code < 0)
        return;
    pthread_mutex_lock(&w->a->lock);
    w->entry->stop = w->req;
    w->entry->reap = true;
    pthread_mutex_unlock(&w->a->lock);
    w->req = NULL;
    hva_rpc_wake(w->a->rpc);
}

void hva_agent_stop_guest(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    struct work *w = work_new(a, "it is being stopped", run_stop);
    bool force = json_is_true(json_object_get(params, "force"));
    struct lu_err err = {0};

    if (!w)
        no_memory(req);
    else if (!find_guest(w, req, hva_param_text(params, "name"), &err) ||
             hva_guest_submit_stop(w->entry->guest, &w->job, force, &err) < 0)
        submit_failed(w, &err);
}

/* --- plan and apply --- */

static void run_plan(struct hva_guest *g, struct hva_job *job)
{
    struct work *w = (struct work *)job;
    struct hva_txn_order order = {.scn = w->scn, .base_dir = w->base_dir};

    w->code = hva_txn_plan(g, &order, &w->result, &w->refused, &w->err);
    w->is_refused = w->code == -EINVAL;
}

static void progress(void *arg, uint64_t txn, const char *step, const char *component, double ms,
                     const char *text)
{
    struct work *w = arg;

    hva_rpc_notify(w->req, "progress",
                   json_pack("{s:I, s:s, s:s, s:s, s:f, s:s}", "txn", (json_int_t)txn, "guest",
                             w->entry->name, "step", step, "component", component ? component : "",
                             "ms", ms, "text", text));
}

static void run_apply(struct hva_guest *g, struct hva_job *job)
{
    struct work *w = (struct work *)job;
    struct hva_txn_order order = {
        .scn = w->scn, .base_dir = w->base_dir, .progress = progress, .arg = w};

    w->code = hva_txn_run(g, &order, &w->result, &w->err);
}

static void with_scenario(struct work *w, struct hva_request *req, json_t *params)
{
    const char *xml = hva_param_text(params, "xml"), *file = hva_param_text(params, "file");
    const char *base = hva_param_text(params, "base_dir");
    struct lu_scn_diag diag = {0};
    struct lu_err err = {0};
    char where[512] = "";

    if (!w) {
        no_memory(req);
        return;
    }
    w->base_dir = base ? strdup(base) : NULL;
    if (xml && lu_scenario_parse(xml, strlen(xml), file && *file ? file : "scenario", &w->scn,
                                 &diag, &err) == 0) {
        submit(w, req, hva_param_text(params, "guest"));
        return;
    }
    if (!xml)
        hva_rpc_error(req, -EINVAL, "usage", NULL, NULL, "which scenario? (xml)");
    else {
        if (diag.file[0])
            lu_scn_diag_where(&diag, where, sizeof(where));
        hva_rpc_error(req, err.code, "refused", where, diag.path, err.text);
    }
    work_free(w);
}

void hva_agent_plan(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    with_scenario(work_new(a, "an update is being planned", run_plan), req, params);
}

void hva_agent_apply(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    with_scenario(work_new(a, "an update is under way", run_apply), req, params);
}

/* --- snapshots --- */

static void run_take(struct hva_guest *g, struct hva_job *job)
{
    struct work *w = (struct work *)job;

    w->code = hva_snapshot_take(g, w->name, &w->result, &w->err);
}

static void run_restore(struct hva_guest *g, struct hva_job *job)
{
    struct work *w = (struct work *)job;

    w->code = hva_snapshot_restore(g, w->name, &w->result, &w->err);
}

static void run_drop(struct hva_guest *g, struct hva_job *job)
{
    struct work *w = (struct work *)job;

    w->code = hva_snapshot_drop(g, w->name, &w->result, &w->err);
}

static void snapshot_list(struct hva_agent *a, struct hva_request *req, const char *guest)
{
    struct lu_err err = {0};
    struct hva_entry *e = guest ? hva_agent_find(a, guest, &err) : NULL;
    json_t *result = NULL;
    int r = e ? hva_snapshot_list(a->site.journal, guest, &result, &err) : -ENOENT;

    if (!guest)
        lu_err_set(&err, -EINVAL, "which guest?");
    if (e)
        hva_agent_unpin(a, e);
    if (r < 0)
        hva_agent_fail(req, &err);
    else
        hva_rpc_result(req, result);
}

void hva_agent_snapshot(struct hva_agent *a, struct hva_request *req, const char *verb,
                        json_t *params)
{
    const char *guest = hva_param_text(params, "guest"), *name = hva_param_text(params, "name");
    void (*run)(struct hva_guest *g, struct hva_job *job) = !strcmp(verb, "take")      ? run_take
                                                            : !strcmp(verb, "restore") ? run_restore
                                                                                       : run_drop;
    struct work *w;

    if (!strcmp(verb, "list")) {
        snapshot_list(a, req, guest);
        return;
    }
    if (!name || !hva_name_ok(name, HVA_SNAPSHOT_NAME_MAX)) {
        hva_rpc_error(req, -EINVAL, "usage", NULL, NULL,
                      "a snapshot's name is 1 to 48 letters, digits, '-', '_' or '.'");
        return;
    }
    w = work_new(a, "a snapshot is under way", run);
    if (!w) {
        no_memory(req);
        return;
    }
    snprintf(w->name, sizeof(w->name), "%s", name);
    submit(w, req, guest);
}

/* --- recovery --- */

static void run_settle(struct hva_guest *g, struct hva_job *job)
{
    struct work *w = (struct work *)job;
    json_t *entry;
    size_t i;

    json_array_foreach(w->open, i, entry)
    {
        hva_txn_settle(g, entry);
    }
    if (json_array_size(w->open) == 0)
        hva_snapshot_finish(g);
}

struct hva_job *hva_settle_job(json_t *entries)
{
    bool some = json_array_size(entries) > 0;
    struct work *w =
        work_new(NULL, some ? "an interrupted update is being settled" : "it is being taken over",
                 run_settle);

    if (!w) {
        json_decref(entries);
        return NULL;
    }
    w->job.patient = true;
    w->open = entries;
    return &w->job;
}
