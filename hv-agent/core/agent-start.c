/* SPDX-License-Identifier: MIT
 *
 * Guests into the list: by guest.start, each on a thread of its own because
 * starting takes a while, and at the agent's start, from the journal.
 */
#include "agent-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "txn.h"

#define MEMORY_DEFAULT 64
#define MEMORY_MIN 16
#define MEMORY_MAX 2048 /* all below 2 GiB: guest physical addresses are offsets */

struct start {
    struct hva_agent *a;
    struct hva_request *req;
    struct hva_entry *entry;
    struct hva_vm_spec spec;
    char dir[512], kernel[HVA_PATH_MAX], initrd[HVA_PATH_MAX], why[192];
    bool wait;
};

static int guest_dir(struct hva_agent *a, const char *name, char *path, size_t size,
                     struct lu_err *err)
{
    return hva_path(path, size, err, "%s/guests/%s", a->config.state_dir, name);
}

static int parse_forward(json_t *item, struct hva_forward *ret, struct lu_err *err)
{
    json_int_t host = json_integer_value(json_object_get(item, "host_port"));
    json_int_t guest = json_integer_value(json_object_get(item, "guest_port"));

    if (host < 1 || host > 65535 || guest < 1 || guest > 65535)
        return lu_err_set(err, -EINVAL, "a forward needs host_port and guest_port, 1 to 65535");
    *ret = (struct hva_forward){(uint16_t)host, (uint16_t)guest};
    return 0;
}

static int parse_forwards(json_t *list, struct hva_vm_spec *spec, struct lu_err *err)
{
    json_t *item;
    size_t i;

    if (json_array_size(list) > HVA_MAX_FORWARDS)
        return lu_err_set(err, -EINVAL, "at most %u forwards", HVA_MAX_FORWARDS);
    json_array_foreach(list, i, item)
    {
        int r = parse_forward(item, &spec->forwards[i], err);

        if (r < 0)
            return r;
    }
    spec->n_forwards = json_array_size(list);
    return 0;
}

static int parse_accel(const char *word, enum hva_accel *ret, struct lu_err *err)
{
    static const enum hva_accel all[] = {HVA_ACCEL_AUTO, HVA_ACCEL_KVM, HVA_ACCEL_TCG};

    for (size_t i = 0; i < 3; i++) {
        if (strcmp(word, hva_accel_word(all[i])) != 0)
            continue;
        *ret = all[i];
        return 0;
    }
    return lu_err_set(err, -EINVAL, "accel is auto, kvm or tcg, not '%s'", word);
}

static int choose_accel(const struct hva_accel_probe *probe, struct start *s, struct lu_err *err)
{
    if (s->spec.accel == HVA_ACCEL_KVM && !probe->kvm)
        return lu_err_set(err, -ENOTSUP, "KVM was asked for but is not usable here: %s",
                          probe->why);
    if (s->spec.accel == HVA_ACCEL_AUTO) {
        s->spec.accel = probe->kvm ? HVA_ACCEL_KVM : HVA_ACCEL_TCG;
        snprintf(s->why, sizeof(s->why), "%s", probe->why);
    } else {
        snprintf(s->why, sizeof(s->why), "asked for; %s", probe->why);
    }
    return 0;
}

static int parse_memory(json_t *value, struct hva_vm_spec *spec, struct lu_err *err)
{
    json_int_t mib = value ? json_integer_value(value) : MEMORY_DEFAULT;

    if (mib < MEMORY_MIN || mib > MEMORY_MAX)
        return lu_err_set(err, -EINVAL, "memory_mib is %d to %d", MEMORY_MIN, MEMORY_MAX);
    spec->memory_mib = (unsigned)mib;
    return 0;
}

static int find_images(struct start *s, struct lu_err *err)
{
    const char *dir = s->a->config.image_dir;
    int r;

    if (!dir)
        return lu_err_set(err, -ENOENT, "no image directory was given to the agent");
    r = hva_path(s->kernel, sizeof(s->kernel), err, "%s/kernel.elf", dir);
    if (r == 0)
        r = hva_path(s->initrd, sizeof(s->initrd), err, "%s/boot.arc", dir);
    if (r < 0)
        return r;
    if (access(s->kernel, R_OK) < 0)
        return lu_err_errno(err, -errno, "%s", s->kernel);
    s->spec.kernel = s->kernel;
    s->spec.initrd = access(s->initrd, R_OK) == 0 ? s->initrd : NULL;
    return 0;
}

static int parse_start(struct start *s, json_t *params, struct lu_err *err)
{
    const char *name = hva_param_text(params, "name"), *accel = hva_param_text(params, "accel");
    int r;

    if (!name || !hva_name_ok(name, HVA_GUEST_NAME_MAX))
        return lu_err_set(err, -EINVAL,
                          "a guest's name is 1 to %u letters, digits, '-', '_' or '.'",
                          HVA_GUEST_NAME_MAX);
    snprintf(s->spec.name, sizeof(s->spec.name), "%s", name);
    s->wait = !json_is_false(json_object_get(params, "wait"));
    r = parse_memory(json_object_get(params, "memory_mib"), &s->spec, err);
    if (r == 0)
        r = parse_accel(accel ? accel : "auto", &s->spec.accel, err);
    if (r == 0)
        r = parse_forwards(json_object_get(params, "forwards"), &s->spec, err);
    if (r == 0)
        r = choose_accel(&s->a->config.probe, s, err);
    if (r == 0)
        r = guest_dir(s->a, name, s->dir, sizeof(s->dir), err);
    if (r == 0)
        r = find_images(s, err);
    s->spec.dir = s->dir;
    return r;
}

/* Takes the name. */
static struct hva_entry *reserve(struct hva_agent *a, const char *name, struct lu_err *err)
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

static void release(struct hva_agent *a, struct hva_entry *e)
{
    pthread_mutex_lock(&a->lock);
    for (struct hva_entry **p = &a->entries; *p; p = &(*p)->next) {
        if (*p != e)
            continue;
        *p = e->next;
        break;
    }
    pthread_mutex_unlock(&a->lock);
    free(e);
}

/* Trust, but ask: libvirt may have taken another accelerator than it was told. */
static int check_accel(struct hva_agent *a, struct start *s, struct hva_vm *vm, struct lu_err *err)
{
    bool kvm;
    int r = a->site.ops->vm_kvm(vm, &kvm, err);

    if (r == 0 && kvm != (s->spec.accel == HVA_ACCEL_KVM))
        r = lu_err_set(err, -EIO, "QEMU runs the guest with %s although %s was chosen",
                       kvm ? "kvm" : "tcg", hva_accel_word(s->spec.accel));
    if (r == 0)
        hva_info("agent", "guest %s started with %s: %s", s->spec.name,
                 hva_accel_word(s->spec.accel), s->why);
    return r;
}

json_t *hva_spec_json(const struct hva_guest *g)
{
    json_t *list = json_array();

    for (size_t i = 0; i < g->spec.n_forwards; i++)
        json_array_append_new(list, json_pack("{s:i, s:i}", "host_port",
                                              (int)g->spec.forwards[i].host_port, "guest_port",
                                              (int)g->spec.forwards[i].guest_port));
    return json_pack("{s:i, s:s, s:s, s:o}", "memory_mib", (int)g->spec.memory_mib, "accel",
                     hva_accel_word(g->spec.accel), "accel_why", g->accel_why, "forwards", list);
}

static int journal_guest(struct hva_agent *a, struct hva_guest *g, struct lu_err *err)
{
    json_t *spec = hva_spec_json(g);
    int r = hva_journal_guest_add(a->site.journal, g->spec.name, spec, err);

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

static int start_vm(struct start *s, struct hva_guest **ret, struct lu_err *err)
{
    const struct hva_backend_ops *ops = s->a->site.ops;
    struct hva_vm *vm;
    int r = hva_mkdir_p(s->dir, 0700, err);

    if (r == 0)
        r = ops->vm_start(s->a->site.be, &s->spec, &vm, err);
    if (r < 0)
        return lu_err_wrap(err, r, "starting guest %s with %s", s->spec.name,
                           hva_accel_word(s->spec.accel));
    r = check_accel(s->a, s, vm, err);
    if (r == 0)
        r = hva_guest_new(&s->a->site, &s->spec, s->why, vm, NULL, ret, err);
    if (r < 0) {
        ops->vm_stop(vm, NULL);
        ops->vm_close(vm);
        return r;
    }
    r = journal_guest(s->a, *ret, err);
    if (r < 0)
        hva_guest_close(*ret, true);
    return r;
}

static void abandon(struct start *s, struct hva_guest *g, struct lu_err *err)
{
    char text[200];

    if (hva_guest_epitaph(g, text, sizeof(text)))
        lu_err_set(err, err->code, "guest %s panicked while it booted: %s", s->spec.name, text);
    pthread_mutex_lock(&s->a->lock);
    s->entry->guest = NULL;
    s->entry->pins--;
    pthread_mutex_unlock(&s->a->lock);
    hva_guest_close(g, true);
    hva_journal_guest_drop(s->a->site.journal, s->spec.name, NULL);
    release(s->a, s->entry);
    hva_agent_fail(s->req, err);
}

static void *start_main(void *arg)
{
    struct start *s = arg;
    struct hva_agent *a = s->a;
    struct hva_guest *g;
    struct lu_err err = {0};

    if (start_vm(s, &g, &err) < 0) {
        release(a, s->entry);
        hva_agent_fail(s->req, &err);
    } else {
        publish(a, s->entry, g);
        if (s->wait && hva_guest_wait_ready(g, (int)a->config.ready_ms, &err) < 0) {
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

void hva_agent_start_guest(struct hva_agent *a, struct hva_request *req, json_t *params)
{
    struct start *s = calloc(1, sizeof(*s));
    struct lu_err err = {0};
    int r = s ? 0 : lu_err_set(&err, -ENOMEM, "out of memory");

    if (r == 0) {
        s->a = a;
        s->req = req;
        r = parse_start(s, params, &err);
    }
    if (r == 0) {
        s->entry = reserve(a, s->spec.name, &err);
        r = s->entry ? launch(s, &err) : err.code;
        if (r < 0 && s->entry)
            release(a, s->entry);
    }
    if (r < 0) {
        free(s);
        hva_agent_fail(req, &err);
    }
}

/* Open transactions of one guest, taken out of the list of all. */
static json_t *open_of(json_t *all, const char *guest)
{
    json_t *mine = json_array();

    for (size_t i = 0; i < json_array_size(all);) {
        json_t *entry = json_array_get(all, i);
        const char *name = json_string_value(json_object_get(entry, "guest"));

        if (!name || strcmp(name, guest) != 0) {
            i++;
            continue;
        }
        json_array_append(mine, entry);
        json_array_remove(all, i);
    }
    return mine;
}

static void settle_lost(struct hva_agent *a, json_t *entries)
{
    json_t *entry;
    size_t i;

    json_array_foreach(entries, i, entry) hva_txn_settle_lost(a->site.journal, entry);
}

static int spec_from(struct hva_agent *a, const char *name, json_t *doc, struct start *s,
                     struct lu_err *err)
{
    const char *accel = hva_param_text(doc, "accel"), *why = hva_param_text(doc, "accel_why");
    int r = guest_dir(a, name, s->dir, sizeof(s->dir), err);

    snprintf(s->spec.name, sizeof(s->spec.name), "%s", name);
    snprintf(s->why, sizeof(s->why), "%s", why ? why : "");
    s->spec.dir = s->dir;
    if (r == 0)
        r = parse_memory(json_object_get(doc, "memory_mib"), &s->spec, err);
    if (r == 0)
        r = parse_accel(accel ? accel : "", &s->spec.accel, err);
    if (r == 0)
        r = parse_forwards(json_object_get(doc, "forwards"), &s->spec, err);
    return r;
}

/* A guest that an earlier agent started: attach, settle on its worker. */
static int adopt(struct hva_agent *a, const char *name, json_t *doc, json_t *open,
                 struct lu_err *err)
{
    struct start s = {.a = a};
    struct hva_job *first = NULL;
    struct hva_guest *g;
    struct hva_vm *vm;
    int r = spec_from(a, name, doc, &s, err);

    if (r == 0)
        r = a->site.ops->vm_attach(a->site.be, &s.spec, &vm, err);
    if (r < 0)
        return r;
    s.entry = reserve(a, name, err);
    if (s.entry && json_array_size(open))
        first = hva_settle_job(json_incref(open));
    r = s.entry ? hva_guest_new(&a->site, &s.spec, s.why, vm, first, &g, err) : err->code;
    if (r < 0) {
        a->site.ops->vm_close(vm);
        return r;
    }
    s.entry->guest = g;
    hva_info("agent", "guest %s runs: taken over, %zu open transactions", name,
             json_array_size(open));
    return 0;
}

int hva_agent_recover(struct hva_agent *a, struct lu_err *err)
{
    json_t *guests, *open, *item;
    size_t i;
    int r = hva_journal_txn_open(a->site.journal, &open, err);

    if (r < 0)
        return r;
    r = hva_journal_guests(a->site.journal, &guests, err);
    if (r < 0) {
        json_decref(open);
        return r;
    }
    json_array_foreach(guests, i, item)
    {
        const char *name = json_string_value(json_object_get(item, "name"));
        json_t *mine = open_of(open, name);
        struct lu_err cause = {0};

        if (adopt(a, name, json_object_get(item, "spec"), mine, &cause) < 0) {
            hva_warn("agent", "guest %s is gone: %s", name, cause.text);
            settle_lost(a, mine);
            hva_journal_guest_drop(a->site.journal, name, NULL);
        }
        json_decref(mine);
    }
    settle_lost(a, open); /* of guests nobody knows */
    json_decref(open);
    json_decref(guests);
    return 0;
}
