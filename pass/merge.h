/* SPDX-License-Identifier: MIT
 *
 * The link step: all units' records become one description of the component.
 */
#pragma once

#include "world.h"

/* Drops what the linker threw away, resolves types that some units only
 * declare, folds equal types, shortens scopes, sorts.  `out` is empty before.
 * Deterministic: depends on nothing but `in`, which is used up.  0 or -EINVAL. */
int merge_world(struct world *in, struct world *out, const char *component);

/* merge-types.c: for every type of `w` the index of the type that stands for
 * it (itself, when it is the first of its kind).  Equal means equal in all that
 * it refers to, recursively.  free() it. */
uint32_t *types_fold(struct world *w);

/* merge-scopes.c: "dir/file.c:func" -> "file.c:func", with as many folders kept
 * as tell two things of one name apart. */
void scopes_shorten(struct world *w);
