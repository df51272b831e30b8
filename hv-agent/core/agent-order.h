/* SPDX-License-Identifier: MIT
 *
 * What was ordered when a guest was started: from guest.start's parameters, to
 * and from the journal, for the next agent that takes the guest over.
 */
#pragma once

#include "agent-private.h"

#include "base/util.h"

/* spec points into it: not to be copied. */
struct hva_order {
    struct hva_vm_spec spec;
    char dir[512], kernel[HVA_PATH_MAX], initrd[HVA_PATH_MAX];
    char why[192]; /* this accelerator */
    bool wait;     /* until the guest has reported in */
};

/* Checks everything, chooses the accelerator, finds the images.  -EINVAL, -ENOTSUP (no KVM
 * here). */
int hva_order_parse(struct hva_agent *a, json_t *params, struct hva_order *ret, struct lu_err *err);

/* `starting`: the guest is not known to have come to life. */
json_t *hva_order_json(struct hva_agent *a, const struct hva_order *o, bool starting);
/* Kernel and initrd stay empty: the guest runs. */
int hva_order_from(struct hva_agent *a, const char *name, json_t *doc, struct hva_order *ret,
                   struct lu_err *err);
