/* SPDX-License-Identifier: MIT
 *
 * Invariants that a version declares (LU_INVARIANT), checked on a view of its state.
 */
#pragma once

#include <st/view.h>

/* 0 if all hold.  Else the first that does not, with err->path = its name and err->text =
 * where it is declared and what it says: -LU_EINVARIANT (it is false), or what
 * st_filter_eval could not do (-LU_EFAULT, -LU_ERANGE, -LU_ELIMIT, -LU_EFORMAT). */
int st_invariants_check(const struct st_desc *d, const struct st_view *view, struct st_err *err);
/* The same of one of them: i < d->n_invariants. */
int st_invariant_check(const struct st_desc *d, uint32_t i, const struct st_view *view,
                       struct st_err *err);
