/* SPDX-License-Identifier: MIT
 *
 * Opening and closing, and the list of guests.
 */
#include "agent-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"

#define HOLD_LIMIT (16u << 20)
#define READY_MS 30000u

static long read_pid(int fd)
{
    char text[32] = "";

    return pread(fd, text, sizeof(text) - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
}

int hva_agent_lock(const char *state_dir, int *ret_lock, struct lu_err *err)
{
    char path[HVA_PATH_MAX], text[32];
    HVA_CLOSE int fd = -1;
    int n, r = hva_mkdir_p(state_dir, 0700, err);

    if (r == 0)
        r = hva_path(path, sizeof(path), err, "%s/agent.lock", state_dir);
    if (r < 0)
        return r;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return lu_err_errno(err, -errno, "%s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return lu_err_set(err, -EBUSY, "state directory %s is in use by another agent, pid %ld",
                          state_dir, read_pid(fd));
    n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n)
        return lu_err_errno(err, -errno, "writing %s", path);
    *ret_lock = hva_take_fd(&fd);
    return 0;
}

struct hva_entry *hva_agent_find(struct hva_agent *a, const char *name, struct lu_err *err)
{
    struct hva_entry *e;

    pthread_mutex_lock(&a->lock);
    for (e = a->entries; e && strcmp(e->name, name) != 0; e = e->next)
        ;
    if (!e) {
        lu_err_set(err, -ENOENT, "no guest '%s'", name);
    } else if (!e->guest) {
        if (e->unreachable)
            lu_err_set(err, -EIO,
                       "guest %s runs, but could not be taken over: %s; a new agent "
                       "tries again",
                       name, e->unreachable);
        else
            lu_err_set(err, -EBUSY, "guest %s is being started", name);
        e = NULL;
    } else {
        e->pins++;
    }
    pthread_mutex_unlock(&a->lock);
    return e;
}

void hva_agent_unpin(struct hva_agent *a, struct hva_entry *e)
{
    pthread_mutex_lock(&a->lock);
    e->pins--;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
}

static void entry_free(struct hva_entry *e)
{
    free(e->unreachable);
    free(e);
}

struct hva_entry *hva_agent_reserve(struct hva_agent *a, const char *name, struct lu_err *err)
{
    struct hva_entry *e = calloc(1, sizeof(*e));

    if (!e) {
        lu_err_set(err, -ENOMEM, "out of memory");
        return NULL;
    }
    snprintf(e->name, sizeof(e->name), "%s", name);
    pthread_mutex_lock(&a->lock);
    for (struct hva_entry *o = a->entries; o; o = o->next) {
        if (strcmp(o->name, name) != 0)
            continue;
        pthread_mutex_unlock(&a->lock);
        free(e);
        lu_err_set(err, -EEXIST, "there is a guest '%s' already", name);
        return NULL;
    }
    e->next = a->entries;
    a->entries = e;
    pthread_mutex_unlock(&a->lock);
    return e;
}

void hva_agent_release(struct hva_agent *a, struct hva_entry *e)
{
    pthread_mutex_lock(&a->lock);
    for (struct hva_entry **p = &a->entries; *p; p = &(*p)->next) {
        if (*p != e)
            continue;
        *p = e->next;
        break;
    }
    pthread_mutex_unlock(&a->lock);
    entry_free(e);
}

static int open_files(struct hva_agent *a, struct lu_err *err)
{
    char path[HVA_PATH_MAX];
    int r = hva_path(a->copy_dir, sizeof(a->copy_dir), err, "%s/images", a->config.state_dir);

    if (r == 0)
        r = hva_mkdir_p(a->copy_dir, 0700, err);
    if (r == 0)
        r = hva_path(path, sizeof(path), err, "%s/journal.db", a->config.state_dir);
    if (r == 0)
        r = hva_journal_open(path, &a->site.journal, err);
    if (r == 0)
        r = hva_path(path, sizeof(path), err, "%s/agent.sock", a->config.state_dir);
    if (r == 0)
        r = hva_rpc_open(path, &hva_agent_rpc, a, &a->rpc, err);
    return r;
}

int hva_agent_open(const struct hva_agent_config *config, struct hva_agent **ret,
                   struct lu_err *err)
{
    struct hva_agent *a = calloc(1, sizeof(*a));
    int r;

    if (!a)
        return lu_err_set(err, -ENOMEM, "out of memory");
    a->config = *config;
    if (!a->config.ready_ms)
        a->config.ready_ms = READY_MS;
    pthread_mutex_init(&a->lock, NULL);
    hva_cond_init(&a->changed);
    a->site = (struct hva_site){.ops = config->ops,
                                .be = config->be,
                                .state_dir = a->config.state_dir,
                                .store = {config->image_dir, a->copy_dir},
                                .hold_limit = config->hold_limit ? config->hold_limit : HOLD_LIMIT};
    r = open_files(a, err);
    if (r == 0)
        r = hva_agent_recover(a, err);
    if (r < 0) {
        hva_agent_close(a, false);
        return r;
    }
    *ret = a;
    return 0;
}

void hva_agent_run(struct hva_agent *agent)
{
    hva_rpc_run(agent->rpc);
}

void hva_agent_stop(struct hva_agent *agent)
{
    hva_rpc_stop(agent->rpc);
}

static void wait_starters(struct hva_agent *a)
{
    pthread_mutex_lock(&a->lock);
    while (a->starters)
        pthread_cond_wait(&a->changed, &a->lock);
    pthread_mutex_unlock(&a->lock);
}

void hva_agent_close(struct hva_agent *a, bool stop_guests)
{
    if (a->rpc)
        hva_agent_unfollow(a, NULL);
    wait_starters(a);
    while (a->entries) {
        struct hva_entry *e = a->entries;

        a->entries = e->next;
        if (e->guest) {
            bool stopped = hva_guest_close(e->guest, stop_guests);

            if (stopped && a->site.journal)
                hva_journal_guest_drop(a->site.journal, e->name, NULL);
        }
        if (e->stop)
            hva_rpc_result(e->stop, json_pack("{s:s}", "name", e->name));
        entry_free(e);
    }
    if (a->rpc)
        hva_rpc_close(a->rpc);
    hva_journal_close(a->site.journal);
    pthread_cond_destroy(&a->changed);
    pthread_mutex_destroy(&a->lock);
    free(a);
}
