/* SPDX-License-Identifier: MIT
 *
 * The worker: between jobs it listens to the channel, says hello to a guest
 * that has not reported, and notes when the guest falls silent, panics or ends.
 */
#include "guest.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/domxml.h"
#include "base/log.h"
#include "base/util.h"
#include "introspect.h"
#include "talk.h"

#define IDLE_MS 200
#define FRAMES_AT_ONCE 256 /* between looks at anything else: a guest may never stop talking */
#define HELLO_NS 500000000ull
#define CUT_NS 1000000000ull /* between looks at the console's log */
#define CONSOLE_MAX (16u << 20)
#define CONSOLE_KEPT (1u << 20)

const char *hva_guest_state_word(enum hva_guest_state state)
{
    static const char *const words[] = {"starting", "running",  "silent",
                                        "panicked", "updating", "lost"};

    return words[state];
}

enum hva_guest_state hva_guest_state(struct hva_guest *g)
{
    enum hva_guest_state state;

    if (!g->site->ops->vm_alive(g->vm))
        return HVA_GUEST_LOST; /* the worker may be about to notice */
    pthread_mutex_lock(&g->lock);
    state = g->job && g->txn ? HVA_GUEST_UPDATING : g->state;
    pthread_mutex_unlock(&g->lock);
    return state;
}

void hva_guest_set_state(struct hva_guest *g, enum hva_guest_state state)
{
    pthread_mutex_lock(&g->lock);
    if (g->state != state)
        hva_info(g->link.area, "%s -> %s", hva_guest_state_word(g->state),
                 hva_guest_state_word(state));
    g->state = state;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

bool hva_guest_epitaph(struct hva_guest *g, char *buf, size_t size)
{
    struct lu_inspect block;

    if (hva_inspect_read(&g->ram, &block, NULL) < 0 || block.epitaph.valid != LU_EPITAPH_VALID)
        return false;
    hva_text_copy(buf, size, block.epitaph.text, sizeof(block.epitaph.text), false);
    return true;
}

bool hva_guest_status(struct hva_guest *g, struct lu_ch_status *ret,
                      struct lu_ch_component *components, size_t *ret_n)
{
    bool valid;

    pthread_mutex_lock(&g->lock);
    valid = g->reported;
    *ret = g->status;
    memcpy(components, g->components, g->n_components * sizeof(components[0]));
    *ret_n = g->n_components;
    pthread_mutex_unlock(&g->lock);
    return valid;
}

static void listen_once(struct hva_guest *g)
{
    struct lu_err err = {0};
    struct hva_frame f;
    int r = 1;

    for (int i = 0; i < FRAMES_AT_ONCE && r == 1; i++) {
        r = hva_link_recv(&g->link, 0, &f, &err);
        if (r != 1)
            continue;
        g->last_heard_ns = hva_now_ns();
        hva_talk_hear(g, &f);
    }
    if (r < 0)
        hva_info(g->link.area, "%s", err.text);
    pthread_mutex_lock(&g->lock);
    g->dropped = g->link.dropped;
    pthread_mutex_unlock(&g->lock);
}

static void greet(struct hva_guest *g)
{
    if (hva_now_ns() - g->last_hello_ns < HELLO_NS)
        return;
    g->last_hello_ns = hva_now_ns();
    if (g->link.fd < 0 && hva_talk_connect(g, NULL) < 0)
        return;
    hva_talk_hello(g, NULL);
}

/* A guest that reset itself starts anew: everything it said is void. */
static void note_reset(struct hva_guest *g)
{
    unsigned resets = g->site->ops->vm_resets(g->vm);

    if (resets == g->resets)
        return;
    g->resets = resets;
    hva_warn(g->link.area, "the guest reset itself and boots again");
    hva_link_new_epoch(&g->link);
    pthread_mutex_lock(&g->lock);
    g->reported = false;
    pthread_mutex_unlock(&g->lock);
    hva_guest_set_state(g, HVA_GUEST_STARTING);
}

static void watch(struct hva_guest *g)
{
    enum hva_guest_state state;
    char text[256];

    if (!g->site->ops->vm_alive(g->vm)) {
        hva_guest_set_state(g, HVA_GUEST_LOST);
        return;
    }
    note_reset(g);
    state = g->state; /* only this thread changes it */
    if (hva_guest_epitaph(g, text, sizeof(text))) {
        if (state != HVA_GUEST_PANICKED) {
            hva_error(g->link.area, "kernel panic: %s", text);
            hva_guest_set_state(g, HVA_GUEST_PANICKED);
        }
        return;
    }
    if (state == HVA_GUEST_PANICKED)
        hva_guest_set_state(g, HVA_GUEST_STARTING);
    else if (state == HVA_GUEST_RUNNING &&
             hva_now_ns() - g->last_heard_ns > HVA_SILENT_MS * 1000000ull)
        hva_guest_set_state(g, HVA_GUEST_SILENT);
    if (state == HVA_GUEST_STARTING || state == HVA_GUEST_SILENT || g->link.fd < 0)
        greet(g);
}

/* QEMU appends to the log whatever the guest says, so it is for us to keep it small: its end
 * moves to a second file, and it starts anew. */
static void cut_console(struct hva_guest *g)
{
    char path[HVA_PATH_MAX], old[HVA_PATH_MAX];
    struct lu_err err = {0};
    int r = 0;

    if (hva_now_ns() - g->last_cut_ns < CUT_NS)
        return;
    g->last_cut_ns = hva_now_ns();
    if (hva_path(path, sizeof(path), &err, "%s/" HVA_CONSOLE_FILE, g->dir) == 0 &&
        hva_path(old, sizeof(old), &err, "%s/" HVA_CONSOLE_OLD_FILE, g->dir) == 0)
        r = hva_cut_log(path, old, CONSOLE_MAX, CONSOLE_KEPT, &err);
    if (r < 0)
        hva_warn(g->link.area, "cutting the console's log: %s", err.text);
}

static void idle(struct hva_guest *g)
{
    struct pollfd p[2] = {{.fd = g->wake, .events = POLLIN}, {.fd = g->link.fd, .events = POLLIN}};
    uint64_t count;

    if (poll(p, 2, IDLE_MS) < 0 && errno != EINTR)
        return;
    if ((p[0].revents & POLLIN) && read(g->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
        hva_warn(g->link.area, "eventfd: %s", strerror(errno));
    if (g->link.fd >= 0)
        listen_once(g);
    watch(g);
    cut_console(g);
}

static bool take_job(struct hva_guest *g, struct hva_job **ret)
{
    bool quit;

    pthread_mutex_lock(&g->lock);
    if (!g->job) {
        struct hva_job **waiting = g->next ? &g->next : &g->last;

        g->job = *waiting;
        *waiting = NULL;
    }
    *ret = g->job;
    quit = g->quit && !g->job;
    pthread_mutex_unlock(&g->lock);
    return !quit;
}

static void *worker_main(void *arg)
{
    struct hva_guest *g = arg;
    struct hva_job *job;

    while (take_job(g, &job)) {
        if (job) {
            job->run(g, job);
            pthread_mutex_lock(&g->lock);
            g->job = NULL;
            pthread_cond_broadcast(&g->changed);
            pthread_mutex_unlock(&g->lock);
            job->done(job);
        }
        idle(g);
    }
    return NULL;
}

static void wake(struct hva_guest *g)
{
    uint64_t one = 1;

    while (write(g->wake, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

static void guest_free(struct hva_guest *g)
{
    hva_link_close(&g->link);
    hva_close_fd(&g->wake);
    if (g->vm)
        g->site->ops->vm_close(g->vm);
    pthread_cond_destroy(&g->changed);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

int hva_guest_new(const struct hva_site *site, const struct hva_vm_spec *spec,
                  const char *accel_why, struct hva_vm *vm, struct hva_job *first,
                  struct hva_guest **ret, struct lu_err *err)
{
    struct hva_guest *g = calloc(1, sizeof(*g));
    int r;

    if (!g)
        return lu_err_set(err, -ENOMEM, "out of memory");
    g->site = site;
    g->spec = *spec;
    snprintf(g->dir, sizeof(g->dir), "%s", spec->dir);
    g->spec.dir = g->dir;
    g->spec.kernel = g->spec.initrd = NULL;
    snprintf(g->accel_why, sizeof(g->accel_why), "%s", accel_why);
    g->started_wall_ns = hva_wall_ns();
    pthread_mutex_init(&g->lock, NULL);
    hva_cond_init(&g->changed);
    hva_link_open(&g->link, -1, spec->name);
    g->job = first;
    g->last_heard_ns = hva_now_ns();
    g->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r = g->wake < 0 ? lu_err_errno(err, -errno, "eventfd") : site->ops->vm_ram(vm, &g->ram, err);
    g->resets = site->ops->vm_resets(vm);
    g->vm = vm;
    if (r == 0 && pthread_create(&g->worker, NULL, worker_main, g) != 0)
        r = lu_err_set(err, -EAGAIN, "no thread for guest %s", spec->name);
    if (r < 0) {
        g->vm = NULL; /* stays the caller's */
        guest_free(g);
        return r;
    }
    *ret = g;
    return 0;
}

bool hva_guest_close(struct hva_guest *g, bool stop)
{
    struct lu_err err = {0};
    bool stopped;

    pthread_mutex_lock(&g->lock);
    g->quit = true;
    pthread_mutex_unlock(&g->lock);
    wake(g);
    pthread_join(g->worker, NULL);
    if (stop && !g->stopped && hva_guest_stop(g, &err) < 0)
        hva_error(g->link.area, "%s", err.text);
    stopped = g->stopped;
    if (stopped)
        hva_remove_dir(g->dir);
    guest_free(g);
    return stopped;
}

/* Caller holds the lock. */
static bool being_stopped(const struct hva_guest *g)
{
    return g->last || g->quit || g->stopped;
}

/* Caller holds the lock. */
static int busy(const struct hva_guest *g, struct lu_err *err)
{
    return lu_err_set(err, -EBUSY, "guest %s is busy: %s", g->spec.name,
                      (g->next ? g->next : g->job)->what);
}

int hva_guest_submit(struct hva_guest *g, struct hva_job *job, struct lu_err *err)
{
    int r = 0;

    pthread_mutex_lock(&g->lock);
    if (being_stopped(g))
        r = lu_err_set(err, -ENODEV, "guest %s is being stopped", g->spec.name);
    else if (g->next || (g->job && !g->job->patient))
        r = busy(g, err);
    else if (!g->site->ops->vm_alive(g->vm))
        r = lu_err_set(err, -ENODEV, "guest %s is lost: its virtual machine ended", g->spec.name);
    else
        *(g->job ? &g->next : &g->job) = job;
    pthread_mutex_unlock(&g->lock);
    if (r == 0)
        wake(g);
    return r;
}

int hva_guest_submit_stop(struct hva_guest *g, struct hva_job *job, bool force, struct lu_err *err)
{
    int r = 0;

    pthread_mutex_lock(&g->lock);
    if (being_stopped(g))
        r = lu_err_set(err, -EALREADY, "guest %s is being stopped already%s", g->spec.name,
                       force ? ": killed it" : "");
    else if (!force && (g->next || (g->job && !g->job->patient)))
        r = busy(g, err);
    else
        g->last = job;
    pthread_mutex_unlock(&g->lock);
    if (force)
        g->site->ops->vm_kill(g->vm);
    if (r == 0)
        wake(g);
    return r;
}

int hva_guest_wait_ready(struct hva_guest *g, int timeout_ms, struct lu_err *err)
{
    struct timespec until = hva_cond_deadline((unsigned)timeout_ms);
    int r = 0;

    pthread_mutex_lock(&g->lock);
    while (!g->reported && g->state != HVA_GUEST_LOST && g->state != HVA_GUEST_PANICKED && r == 0)
        r = pthread_cond_timedwait(&g->changed, &g->lock, &until);
    if (g->reported)
        r = 0;
    else if (g->state == HVA_GUEST_LOST)
        r = lu_err_set(err, -ENODEV, "guest %s ended while it booted", g->spec.name);
    else if (g->state == HVA_GUEST_PANICKED)
        r = lu_err_set(err, -EIO, "guest %s panicked while it booted", g->spec.name);
    else
        r = lu_err_set(err, -ETIMEDOUT, "guest %s did not report in within %d ms", g->spec.name,
                       timeout_ms);
    pthread_mutex_unlock(&g->lock);
    return r;
}

int hva_guest_stop(struct hva_guest *g, struct lu_err *err)
{
    int r = g->site->ops->vm_stop(g->vm, err);

    if (r < 0)
        return r;
    hva_link_close(&g->link);
    pthread_mutex_lock(&g->lock);
    g->stopped = true;
    g->state = HVA_GUEST_LOST;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
    return 0;
}
