/* SPDX-License-Identifier: MIT
 *
 * Says why a document does not fit a schema: the first fault in document order,
 * with its place, what was expected, and the word that was probably meant.
 */
#pragma once

#include "model.h"
#include "place.h"
#include "scenario.h"

/* Every element of `doc` has its struct scn_place in _private.  Returns 1 with
 * *d filled in (file excepted), 0 when the walker finds no fault, -ENOMEM. */
int scn_explain(struct scn_arena *a, const struct scn_model *m, xmlDoc *doc, struct lu_scn_diag *d);
