/* SPDX-License-Identifier: MIT
 *
 * What a frozen guest's memory says about a transaction: which builds run, do
 * the state filters hold, is the new state sound.  The guest's own word is not
 * taken for any of it.
 */
#include "txn-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"

#include <st/audit.h>
#include <st/invariant.h>

static int check_kernel(struct hva_txn *t, struct lu_inspect *ret, struct lu_err *err)
{
    char text[256];
    int r = hva_inspect_read(&t->g->ram, ret, err);

    if (r < 0)
        return r;
    if (hva_guest_epitaph(t->g, text, sizeof(text)))
        return lu_err_set(err, -ENOTRECOVERABLE, "the guest's kernel panicked: %s", text);
    return 0;
}

static int check_slot(struct hva_txn *t, const struct lu_inspect *block, size_t i, bool new_version,
                      struct lu_err *err)
{
    const struct hva_txn_component *c = &t->components[i];
    const uint8_t *id = new_version ? c->new_id : c->old_id;
    char hex[2 * LU_BUILD_ID_SIZE + 1];
    struct lu_inspect_slot slot;
    int r = hva_inspect_slot(&t->g->ram, block, c->name, &slot, err);

    if (r < 0)
        return r;
    if (memcmp(slot.build_id, id, LU_BUILD_ID_SIZE) == 0)
        return 0;
    hva_hex(slot.build_id, LU_BUILD_ID_SIZE, hex);
    return lu_err_set(err, -EBADMSG, "the guest's memory shows %s running build %s, not the %s one",
                      c->name, hex, new_version ? "new" : "old");
}

int hva_txn_verify_frozen(struct hva_txn *t, bool new_version, struct lu_err *err)
{
    struct lu_inspect block;
    int r = check_kernel(t, &block, err);

    for (size_t i = 0; i < t->n && r == 0; i++)
        r = check_slot(t, &block, i, new_version, err);
    return r;
}

int hva_txn_verify(struct hva_txn *t, bool new_version, struct lu_err *err)
{
    const struct hva_backend_ops *ops = t->g->site->ops;
    int r = ops->vm_pause(t->g->vm, err), r2;

    if (r < 0)
        return r;
    r = hva_txn_verify_frozen(t, new_version, err);
    r2 = ops->vm_resume(t->g->vm, r < 0 ? NULL : err);
    return r < 0 ? r : r2;
}

int hva_txn_view(struct hva_txn *t, const struct hva_ram *ram, size_t i,
                 struct hva_frozen *ret_frozen, struct st_view *ret_view, struct lu_err *err)
{
    struct lu_inspect block;
    struct lu_inspect_slot slot;
    struct lu_inspect_windows windows;
    int r = hva_inspect_read(ram, &block, err);

    if (r == 0)
        r = hva_inspect_slot(ram, &block, t->components[i].name, &slot, err);
    if (r == 0)
        r = hva_inspect_windows(ram, &block, &slot, &windows, err);
    if (r < 0)
        return r;
    hva_frozen_open(ram, &slot, &windows, ret_frozen);
    hva_frozen_view(ret_frozen, ret_view);
    return 0;
}

static int check_filter(struct hva_txn *t, size_t i, struct lu_err *err)
{
    const struct lu_prepare *p = &t->plan.components[i].prepare;
    struct hva_frozen frozen;
    struct st_view view;
    struct st_err serr = {0};
    int holds = 0, r;

    if (p->filter_len == 0)
        return 0;
    r = hva_txn_view(t, &t->g->ram, i, &frozen, &view, err);
    if (r < 0)
        return r;
    memcpy(t->component, t->components[i].name, LU_NAME_MAX);
    if (st_filter_eval(p->filter, p->filter_len, &view, &holds, &serr) < 0)
        return lu_err_set(err, -EBADMSG, "state filter on the frozen memory: %s", serr.text);
    if (!holds)
        return lu_err_set(err, -EBADMSG,
                          "the guest said that the state filter holds, its frozen "
                          "memory says that it does not");
    t->component[0] = '\0';
    return 0;
}

int hva_txn_filters_frozen(struct hva_txn *t, struct lu_err *err)
{
    int r = 0;

    for (size_t i = 0; i < t->n && r == 0; i++)
        r = check_filter(t, i, err);
    return r;
}

static int unsound(struct hva_txn *t, size_t i, const char *what, const struct st_err *serr,
                   struct lu_err *err)
{
    memcpy(t->component, t->components[i].name, LU_NAME_MAX);
    snprintf(t->path, sizeof(t->path), "%s", serr->path);
    return lu_err_set(err, -EBADMSG, "%s: %s", what, serr->text);
}

static int audit_one(struct hva_txn *t, size_t i, struct lu_err *err)
{
    const struct st_desc *desc = st_image_desc(t->plan.components[i].new_image);
    struct st_audit_stats stats;
    struct hva_frozen frozen;
    struct st_view view;
    struct st_err serr = {0};
    int r = hva_txn_view(t, &t->g->ram, i, &frozen, &view, err);

    if (r < 0)
        return r;
    if (st_audit(desc, &view, &st_host_mem, &stats, &serr) < 0)
        return unsound(t, i, "audit of the new state", &serr, err);
    if (st_invariants_check(desc, &view, &serr) < 0)
        return unsound(t, i, "check of the new state", &serr, err);
    hva_txn_tell(t, t->components[i].name,
                 "audited: %llu globals, %llu objects, %llu pointers, %u invariants",
                 (unsigned long long)stats.globals, (unsigned long long)stats.objects,
                 (unsigned long long)stats.pointers, desc->n_invariants);
    return 0;
}

int hva_txn_audit_frozen(struct hva_txn *t, struct lu_err *err)
{
    int r = 0;

    for (size_t i = 0; i < t->n && r == 0; i++)
        r = audit_one(t, i, err);
    return r;
}
