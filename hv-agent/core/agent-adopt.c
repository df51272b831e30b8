/* SPDX-License-Identifier: MIT
 *
 * The guests of an earlier agent: taken over again, with what it left open.
 */
#include "agent-order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "txn.h"

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

/* Only the driver that started a guest can find it again; taken for lost it would be forgotten
 * while it runs. */
static int check_driver(struct hva_agent *a, const char *name, json_t *doc, struct lu_err *err)
{
    static const char embedded[] = "qemu:///embed";
    const char *then = hva_param_text(doc, "uri"), *now = a->config.uri;
    size_t n = sizeof(embedded) - 1;

    if (!then || !now || !strcmp(then, now) ||
        (!strncmp(then, embedded, n) && !strncmp(now, embedded, n)))
        return 0;
    return lu_err_set(err, -EINVAL,
                      "guest %s was started through %s, and this agent connects to "
                      "%s: stop the guest with an agent as before",
                      name, then, now);
}

static int take_over(struct hva_agent *a, struct hva_order *o, struct hva_entry *e, json_t *open,
                     struct lu_err *err)
{
    struct hva_job *first;
    struct hva_vm *vm;
    int r = a->site.ops->vm_attach(a->site.be, &o->spec, &vm, err);

    if (r < 0)
        return r;
    first = hva_settle_job(json_incref(open));
    r = first ? hva_guest_new(&a->site, &o->spec, o->why, vm, first, &e->guest, err)
              : lu_err_set(err, -ENOMEM, "out of memory");
    if (r < 0) {
        if (first)
            first->done(first);
        a->site.ops->vm_close(vm);
        return r == -ENOENT ? -EIO : r; /* the guest is there */
    }
    hva_info("agent", "guest %s runs: taken over, %zu open transactions", o->spec.name,
             json_array_size(open));
    return 0;
}

static void forget(struct hva_agent *a, struct hva_order *o, struct hva_entry *e, json_t *open)
{
    settle_lost(a, open);
    hva_journal_guest_drop(a->site.journal, o->spec.name, NULL);
    hva_remove_dir(o->dir);
    hva_agent_release(a, e);
}

/* Its agent died before it could tell anybody of this guest. */
static int end_half_started(struct hva_agent *a, struct hva_order *o, struct lu_err *err)
{
    struct hva_vm *vm;
    int r = a->site.ops->vm_attach(a->site.be, &o->spec, &vm, err);

    if (r < 0)
        return r;
    r = a->site.ops->vm_stop(vm, err);
    a->site.ops->vm_close(vm);
    return r < 0 ? r : lu_err_set(err, -ENOENT, "it was only being started: ended");
}

/* A guest that an earlier agent started.  What is left open is settled on its worker. */
static int adopt(struct hva_agent *a, const char *name, json_t *doc, json_t *open,
                 struct lu_err *err)
{
    struct hva_order o = {0};
    struct lu_err cause = {0};
    struct hva_entry *e;
    int r = check_driver(a, name, doc, err);

    if (r == 0)
        r = hva_order_from(a, name, doc, &o, err);
    if (r < 0)
        return r;
    e = hva_agent_reserve(a, name, err);
    if (!e)
        return err->code;
    if (json_is_true(json_object_get(doc, "starting")))
        r = end_half_started(a, &o, &cause);
    else
        r = take_over(a, &o, e, open, &cause);
    if (r == -ENOENT) {
        hva_warn("agent", "guest %s is gone: %s", name, cause.text);
        forget(a, &o, e, open);
    } else if (r < 0) {
        hva_error("agent", "guest %s runs, but cannot be taken over: %s", name, cause.text);
        e->unreachable = strdup(cause.text);
    }
    return 0;
}

static int adopt_all(struct hva_agent *a, json_t *guests, json_t *open, struct lu_err *err)
{
    json_t *item;
    size_t i;

    json_array_foreach(guests, i, item)
    {
        const char *name = json_string_value(json_object_get(item, "name"));
        json_t *mine = open_of(open, name);
        int r = adopt(a, name, json_object_get(item, "spec"), mine, err);

        json_decref(mine);
        if (r < 0)
            return r;
    }
    settle_lost(a, open); /* of guests nobody knows */
    return 0;
}

int hva_agent_recover(struct hva_agent *a, struct lu_err *err)
{
    json_t *guests, *open;
    int r = hva_journal_txn_open(a->site.journal, &open, err);

    if (r < 0)
        return r;
    r = hva_journal_guests(a->site.journal, &guests, err);
    if (r == 0) {
        r = adopt_all(a, guests, open, err);
        json_decref(guests);
    }
    json_decref(open);
    return r;
}
