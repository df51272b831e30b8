/* SPDX-License-Identifier: MIT
 *
 * guest.start: each on a thread of its own, because it takes a while.
 */
#include "agent-order.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"

struct start {
    struct hva_agent *a;
    struct hva_request *req;
    struct hva_entry *entry;
    struct hva_order order;
};

/* Trust, but ask: libvirt may have taken another accelerator than it was told. */
static int check_accel(struct hva_agent *a, struct start *s, struct hva_vm *vm, struct lu_err *err)
{
    bool kvm;
    int r = a->site.ops->vm_kvm(vm, &kvm, err);

    if (r == 0 && kvm != (s->order.spec.accel == HVA_ACCEL_KVM))
        r = lu_err_set(err, -EIO, "QEMU runs the guest with %s although %s was chosen",
                       kvm ? "kvm" : "tcg", hva_accel_word(s->order.spec.accel));
    if (r == 0)
        hva_info("agent", "guest %s started with %s: %s", s->order.spec.name,
                 hva_accel_word(s->order.spec.accel), s->order.why);
    return r;
}

static int journal_guest(struct start *s, bool starting, struct lu_err *err)
{
    json_t *spec = hva_order_json(s->a, &s->order, starting);
    int r = hva_journal_guest_add(s->a->site.journal, s->order.spec.name, spec, err);

    json_decref(spec);
    return r;
}

/* Puts the guest into its place in the list, pinned. */
static void publish(struct hva_agent *a, struct hva_entry *e, struct hva_guest *g)
{
    pthread_mutex_lock(&a->lock);
    e->guest = g;
    e->pins++;
    pthread_mutex_unlock(&a->lock);
}

static int run_vm(struct start *s, struct hva_guest **ret, struct lu_err *err)
{
    const struct hva_backend_ops *ops = s->a->site.ops;
    struct hva_vm *vm;
    int r = ops->vm_start(s->a->site.be, &s->order.spec, &vm, err);

    if (r < 0)
        return lu_err_wrap(err, r, "starting guest %s with %s", s->order.spec.name,
                           hva_accel_word(s->order.spec.accel));
    r = check_accel(s->a, s, vm, err);
    if (r == 0)
        r = journal_guest(s, false, err);
    if (r == 0)
        r = hva_guest_new(&s->a->site, &s->order.spec, s->order.why, vm, NULL, ret, err);
    if (r < 0) {
        ops->vm_stop(vm, NULL);
        ops->vm_close(vm);
    }
    return r;
}

/* The journal knows of the guest before there is one, so that none is left behind by an agent
 * that dies in between. */
static int start_vm(struct start *s, struct hva_guest **ret, struct lu_err *err)
{
    int r = journal_guest(s, true, err);

    if (r < 0)
        return r;
    hva_remove_dir(s->order.dir); /* of an earlier guest of this name that was lost */
    r = hva_mkdir_p(s->order.dir, 0700, err);
    if (r == 0)
        r = run_vm(s, ret, err);
    if (r < 0) {
        hva_remove_dir(s->order.dir);
        hva_journal_guest_drop(s->a->site.journal, s->order.spec.name, NULL);
    }
    return r;
}

/* Nobody finds the guest any more, and whoever had is done with it; true: one of them stopped
 * it, and its entry is as it was. */
static bool take_away(struct hva_agent *a, struct hva_entry *e)
{
    struct hva_guest *g;
    bool stopped;

    pthread_mutex_lock(&a->lock);
    g = e->guest;
    e->guest = NULL;
    while (e->pins > 1)
        pthread_cond_wait(&a->changed, &a->lock);
    stopped = e->reap;
    if (stopped)
        e->guest = g;
    pthread_mutex_unlock(&a->lock);
    return stopped;
}

/* A guest that did not come up.  It may have been stopped meanwhile: the RPC thread removes it
 * then. */
static void abandon(struct start *s, struct hva_guest *g, struct lu_err *err)
{
    struct hva_agent *a = s->a;
    char text[200];

    if (hva_guest_epitaph(g, text, sizeof(text)))
        lu_err_set(err, err->code, "guest %s panicked while it booted: %s", s->order.spec.name,
                   text);
    hva_warn("agent", "%s", err->text);
    if (take_away(a, s->entry)) {
        hva_agent_unpin(a, s->entry);
        hva_rpc_wake(a->rpc);
    } else {
        hva_guest_close(g, true);
        hva_journal_guest_drop(a->site.journal, s->order.spec.name, NULL);
        hva_agent_release(a, s->entry);
    }
    hva_agent_fail(s->req, err);
}

static void *start_main(void *arg)
{
    struct start *s = arg;
    struct hva_agent *a = s->a;
    struct hva_guest *g;
    struct lu_err err = {0};

    if (start_vm(s, &g, &err) < 0) {
        hva_agent_release(a, s->entry);
        hva_agent_fail(s->req, &err);
    } else {
        publish(a, s->entry, g);
        if (s->order.wait && hva_guest_wait_ready(g, (int)a->config.ready_ms, &err) < 0) {
            abandon(s, g, &err);
        } else {
            hva_rpc_result(s->req, hva_guest_json(g, true));
            hva_agent_unpin(a, s->entry);
        }
    }
    free(s);
    pthread_mutex_lock(&a->lock);
    a->starters--;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

static int launch(struct start *s, struct lu_err *err)
{
    pthread_attr_t attr;
    pthread_t thread;
    int r;

    pthread_mutex_lock(&s->a->lock);
    s->a->starters++;
    pthread_mutex_unlock(&s->a->lock);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    r = pthread_create(&thread, &attr, start_main, s);
    pthread_attr_destroy(&attr);
    if (r == 0)
        return 0;
    pthread_mutex_lock(&s->a->lock);
    s->a->starters--;
    pthread_mutex_unlock(&s->a->lock);
    return lu_err_set(err, -EAGAIN, "no thread to start a guest");
}

static int begin(struct start *s, json_t *params, struct lu_err *err)
{
    int r = hva_order_parse(s->a, params, &s->order, err);

    if (r < 0)
        return r;
    s->entry = hva_agent_reserve(s->a, s->order.spec.name, err);
    if (!s->entry)
        return err->code;
    r = launch(s, err);
    if (r < 0)
        hva_agent_release(s->a, s->entry);
    return r;
}

void hva_agent_start_guest(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    struct start *s = calloc(1, sizeof(*s));
    struct lu_err err = {0};

    if (!s) {
        lu_err_set(&err, -ENOMEM, "out of memory");
        hva_agent_fail(req, &err);
        return;
    }
    s->a = a;
    s->req = req;
    if (begin(s, params, &err) < 0) {
        free(s);
        hva_agent_fail(req, &err);
    }
}
