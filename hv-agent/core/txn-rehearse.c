/* SPDX-License-Identifier: MIT
 *
 * Between snapshot and transfer: what the old versions hold is looked at in the
 * snapshot's copy of memory, while the guest runs on and its components stand
 * parked.  A state that its own version calls broken is not carried over.
 */
#include "txn-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <st/invariant.h>

static int check_old(struct hva_txn *t, size_t i, const struct st_view *view, struct lu_err *err)
{
    const struct st_desc *desc = st_image_desc(t->plan.components[i].old_image);
    struct st_err serr = {0};

    if (st_invariants_check(desc, view, &serr) == 0)
        return 0;
    snprintf(t->path, sizeof(t->path), "%s", serr.path);
    return lu_err_set(err, -EBADMSG, "before the update already: %s", serr.text);
}

static int rehearse_one(struct hva_txn *t, const struct hva_ram *ram, size_t i, struct lu_err *err)
{
    struct hva_frozen frozen;
    struct st_view view;
    int r = hva_txn_view(t, ram, i, &frozen, &view, err);

    memcpy(t->component, t->components[i].name, LU_NAME_MAX);
    if (r == 0)
        r = check_old(t, i, &view, err);
    if (r == 0)
        t->component[0] = '\0';
    return r;
}

int hva_txn_rehearse(struct hva_txn *t, struct lu_err *err)
{
    /* only read, through views */
    const struct hva_ram ram = {.base = (uint8_t *)(uintptr_t)t->copy.map, .size = t->copy.size};
    int r = 0;

    for (size_t i = 0; i < t->n && r == 0; i++)
        r = rehearse_one(t, &ram, i, err);
    return r;
}
