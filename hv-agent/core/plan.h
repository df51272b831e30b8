/* SPDX-License-Identifier: MIT
 *
 * The host's part of a transaction before the guest is touched: the scenario's
 * images opened and matched with what runs, types compared, rules encoded,
 * filters compiled.  Used by one thread.
 */
#pragma once

#include "scenario/scenario.h"
#include "store.h"

#include <jansson.h>
#include <lu/channel.h>
#include <st/filter.h>
#include <st/plan.h>

struct hva_plan_component {
    const struct lu_scn_component *scn;
    struct st_image *new_image, *old_image;
    struct st_handler *handlers; /* of the new version, by name; NULL: none */
    struct st_plan *plan;
    struct st_rule *rules; /* the scenario's and those for initial values */
    void *rules_blob;      /* NULL: none */
    size_t rules_size;
    struct st_rules opened;
    struct lu_prepare prepare; /* txn is filled in later */
};

struct hva_plan {
    const struct lu_scenario *scn;
    struct hva_plan_component components[LU_TXN_MAX_COMPONENTS];
    size_t n;
};

/* Where and why a plan is refused. */
struct hva_refusal {
    const char *component;   /* the scenario's, or NULL */
    struct lu_scn_diag diag; /* line 0: no place in the document */
    char path[ST_PATH_MAX];  /* the object in the component's state, or "" */
};

/* validate: opens the scenario's images.  -EINVAL with `refusal`.  `plan` must be zero; free
 * it in any case. */
int hva_plan_open(struct hva_plan *plan, const struct lu_scenario *scn, const char *base_dir,
                  const struct hva_store *store, struct hva_refusal *refusal, struct lu_err *err);

/* plan: against what runs in the guest. */
int hva_plan_make(struct hva_plan *plan, const struct lu_ch_component *running, size_t n_running,
                  const struct hva_store *store, struct hva_refusal *refusal, struct lu_err *err);

/* [{"name", "image", "old_build_id", "new_build_id", "identical", "items", "text", and what
 * hva_plan_effort_json says}] */
json_t *hva_plan_json(const struct hva_plan *plan);
/* {"functions", "types", "globals": {"same", "changed", "added", "removed"}, "transfer_lines" and
 * "annotations" in the new version, "rules" of the scenario} of a component that was planned. */
json_t *hva_plan_effort_json(const struct hva_plan_component *c);
/* The same in one line for people. */
void hva_plan_effort_text(const struct hva_plan_component *c, char *buf, size_t size);
void hva_plan_free(struct hva_plan *plan);
