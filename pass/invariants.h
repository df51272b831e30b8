/* SPDX-License-Identifier: MIT
 *
 * Invariants at the link step: texts that the units left become bytecode for the
 * addresses of the linked image.
 */
#pragma once

#include "world.h"

/* Compiles what LU_INVARIANT_SECTION holds against the merged description `w` and adds it
 * there.  0; or -EINVAL, with every mistake printed: its place, what is wrong, the text and
 * a caret under the offending token. */
int invariants_compile(struct world *w, const char *section, size_t size);
