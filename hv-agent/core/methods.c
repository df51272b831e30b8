/* SPDX-License-Identifier: MIT
 *
 * The table of methods (described in client/methods.md), and those that answer
 * at once.
 */
#include "agent-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"

#define VERSION "0.1.0"
#define HISTORY_DEFAULT 100
#define HISTORY_MAX 10000 /* some MiB at most, what an answer may have */

const char *hva_param_text(json_t *params, const char *key)
{
    return json_string_value(json_object_get(params, key));
}

static const char *kind_of(int code)
{
    switch (code) {
    case -ENOENT:
        return "not-found";
    case -EBUSY:
    case -EALREADY:
        return "busy";
    case -EEXIST:
        return "exists";
    case -ENODEV:
        return "lost";
    case -EINVAL:
    case -ENOTSUP:
        return "usage";
    default:
        return "internal";
    }
}

void hva_agent_fail(struct hva_request *req, const struct lu_err *err)
{
    hva_rpc_error(req, err->code ? err->code : -EIO, kind_of(err->code), NULL, NULL, err->text);
}

static json_int_t rss_kib(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    if (!f)
        return 0;
    if (fscanf(f, "%*d %ld", &pages) != 1)
        pages = 0;
    fclose(f);
    return (json_int_t)pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static size_t count_guests(struct hva_agent *a)
{
    size_t n = 0;

    pthread_mutex_lock(&a->lock);
    for (struct hva_entry *e = a->entries; e; e = e->next)
        n++;
    pthread_mutex_unlock(&a->lock);
    return n;
}

static void agent_info(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    json_t *open = NULL;

    (void)params;
    hva_journal_txn_open(a->site.journal, &open, NULL);
    hva_rpc_result(req,
                   json_pack("{s:s, s:I, s:s, s:s, s:s, s:{s:b, s:s}, s:I, s:I, s:I}", "version",
                             VERSION, "pid", (json_int_t)getpid(), "state_dir", a->config.state_dir,
                             "image_dir", a->config.image_dir ? a->config.image_dir : "", "uri",
                             a->config.uri ? a->config.uri : "", "probe", "kvm",
                             a->config.probe.kvm, "why", a->config.probe.why, "guests",
                             (json_int_t)count_guests(a), "open_transactions",
                             (json_int_t)json_array_size(open), "rss_kib", rss_kib()));
    json_decref(open);
}

static json_t *entry_json(const struct hva_entry *e)
{
    if (e->guest)
        return hva_guest_json(e->guest, false);
    return json_pack("{s:s, s:s}", "name", e->name, "state", e->unreachable ? "lost" : "starting");
}

static void guest_list(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    json_t *list = json_array();

    (void)params;
    pthread_mutex_lock(&a->lock);
    for (struct hva_entry *e = a->entries; e; e = e->next)
        json_array_insert_new(list, 0, entry_json(e));
    pthread_mutex_unlock(&a->lock);
    hva_rpc_result(req, json_pack("{s:o}", "guests", list));
}

static struct hva_entry *named(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    const char *name = hva_param_text(params, "name");
    struct lu_err err = {0};
    struct hva_entry *e = name ? hva_agent_find(a, name, &err) : NULL;

    if (!name)
        lu_err_set(&err, -EINVAL, "which guest? (name)");
    if (!e)
        hva_agent_fail(req, &err);
    return e;
}

static void guest_info(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    struct hva_entry *e = named(a, req, params);

    if (!e)
        return;
    hva_rpc_result(req, hva_guest_json(e->guest, true));
    hva_agent_unpin(a, e);
}

static void guest_trace(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    struct hva_entry *e = named(a, req, params);
    struct lu_err err = {0};
    json_t *result;

    if (!e)
        return;
    result = hva_guest_trace_json(e->guest, &err);
    hva_agent_unpin(a, e);
    if (result)
        hva_rpc_result(req, result);
    else
        hva_agent_fail(req, &err);
}

static void history_list(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    json_t *limit = json_object_get(params, "limit"), *list = NULL;
    json_int_t n = limit ? json_integer_value(limit) : HISTORY_DEFAULT;
    struct lu_err err = {0};
    int r = 0;

    if (n < 1 || n > HISTORY_MAX)
        r = lu_err_set(&err, -EINVAL, "limit is 1 to %d", HISTORY_MAX);
    if (r == 0)
        r = hva_journal_history(a->site.journal, hva_param_text(params, "guest"), (uint32_t)n,
                                &list, &err);
    if (r < 0)
        hva_agent_fail(req, &err);
    else
        hva_rpc_result(req, json_pack("{s:o}", "transactions", list));
}

static void history_report(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    json_t *txn = json_object_get(params, "txn"), *report = NULL;
    struct lu_err err = {0};
    int r = json_is_integer(txn) ? 0 : lu_err_set(&err, -EINVAL, "which transaction? (txn)");

    if (r == 0)
        r = hva_journal_report(a->site.journal, (uint64_t)json_integer_value(txn), &report, &err);
    if (r < 0)
        hva_agent_fail(req, &err);
    else
        hva_rpc_result(req, report);
}

static void snapshot_take(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    hva_agent_snapshot(a, req, "take", params);
}

static void snapshot_list(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    hva_agent_snapshot(a, req, "list", params);
}

static void snapshot_restore(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    hva_agent_snapshot(a, req, "restore", params);
}

static void snapshot_drop(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    hva_agent_snapshot(a, req, "drop", params);
}

static const struct method {
    const char *name;
    void (*run)(struct hva_agent *a, struct hva_request *req, json_t *params);
} methods[] = {
    {"agent.info", agent_info},           {"guest.start", hva_agent_start_guest},
    {"guest.stop", hva_agent_stop_guest}, {"guest.list", guest_list},
    {"guest.info", guest_info},           {"guest.console", hva_agent_console},
    {"guest.trace", guest_trace},         {"scenario.plan", hva_agent_plan},
    {"scenario.apply", hva_agent_apply},  {"history.list", history_list},
    {"history.report", history_report},   {"snapshot.take", snapshot_take},
    {"snapshot.list", snapshot_list},     {"snapshot.restore", snapshot_restore},
    {"snapshot.drop", snapshot_drop},
};

static void call(void *arg, struct hva_request *req, const char *method, json_t *params)
{
    char text[128], name[64];

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].name, method) != 0)
            continue;
        methods[i].run(arg, req, params);
        return;
    }
    hva_text_copy(name, sizeof(name), method, strlen(method), false);
    snprintf(text, sizeof(text), "no method '%s'", name);
    hva_rpc_error(req, -ENOSYS, "usage", NULL, NULL, text);
}

/* A stopped guest that nobody holds, taken out of the list; NULL when there is none. */
static struct hva_entry *take_stopped(struct hva_agent *a)
{
    struct hva_entry *found = NULL;

    pthread_mutex_lock(&a->lock);
    for (struct hva_entry **p = &a->entries; *p && !found;) {
        if ((*p)->reap && (*p)->pins == 0) {
            found = *p;
            *p = found->next;
        } else {
            p = &(*p)->next;
        }
    }
    pthread_mutex_unlock(&a->lock);
    return found;
}

static void tick(void *arg)
{
    struct hva_agent *a = arg;
    struct hva_entry *e;

    while ((e = take_stopped(a))) {
        hva_agent_unfollow(a, e->name);
        hva_guest_close(e->guest, false);
        hva_journal_guest_drop(a->site.journal, e->name, NULL);
        hva_info("agent", "guest %s stopped", e->name);
        hva_rpc_result(e->stop, json_pack("{s:s}", "name", e->name));
        free(e); /* has been reachable */
    }
    hva_agent_follow(a);
}

const struct hva_rpc_ops hva_agent_rpc = {.call = call, .tick = tick};
