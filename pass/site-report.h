/* SPDX-License-Identifier: MIT
 *
 * The build's list of allocation sites: one line each,
 *   FILE:LINE: FUNCTION: CALLEE: TYPE
 *   FILE:LINE: FUNCTION: CALLEE: untyped: WHY
 * in the order of the files' names, and a count at the end.
 */
#pragma once

#include "world.h"

/* Writes the report of the sites of `units` that are still in `merged` (its merged
 * world) to `path`, unless that is NULL.  -EINVAL, with what is wrong printed as an error
 * in making `image`, when a site without a type stands in a unit that forbids it. */
int site_report(const struct world *units, const struct world *merged, const char *path,
                const char *image);
