/* SPDX-License-Identifier: MIT
 *
 * The kernel's side of lu/inspect.h: the block at LU_INSPECT_PHYS and the trace
 * ring.  Whoever changes something that a reader of frozen memory must see
 * updates it here at once; there is no "publish" step that could be missed.
 */
#pragma once

#include <lu/inspect.h>

extern struct lu_inspect kernel_inspect;
extern struct lu_inspect_slot inspect_slots[LU_MAX_SLOTS];
extern struct lu_inspect_windows inspect_windows[LU_MAX_SLOTS];

void inspect_init(uint64_t ram_bytes);
void trace_put(enum lu_trace_kind kind, lu_ep who, uint64_t a, uint64_t b);
