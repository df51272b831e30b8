/* SPDX-License-Identifier: MIT
 *
 * Seams inside the runtime: the event loop (event.c) knows when the update
 * point is reached, prepare.c decides whether to park there, update.c turns a
 * fresh body into the running version's successor.  The runtime's own variables
 * are built without descriptions: they never travel to another version.
 */
#pragma once

#include <lu/event.h>
#include <st/view.h>

/* LU_NOTE_PREPARE arrived: fetches and verifies what is asked for. */
void rt_prepare_begin(void);

/* Parks if a prepare is pending and the component is ready, else says why not.
 * Returns when the component may run on. */
void rt_update_point(const struct event_handlers *handlers);

/* LU_START_UPDATE: transfer, park, init_live_update, park.  Returns when the
 * transaction has committed; does not return on failure. */
void rt_live_update(const struct event_handlers *handlers);

/* The state engine's part of it: steps metadata, trace, transfer.  Fills
 * `ret_report` on success and on failure; returns its status.  The engine's
 * scratch memory is gone afterwards. */
int rt_transfer(struct lu_upd_report *ret_report);

/* Step check, from inside.  On failure `report` says why. */
int rt_check(struct lu_upd_report *report);

/* First byte after the image (linker script). */
extern char __lu_image_end[];

/* Scratch memory of the state engine: grows by whole chunks in the MAP window,
 * frees nothing until rt_arena_drop gives everything back. */
struct rt_arena {
    uint64_t next, end; /* free part of what is mapped */
};
void rt_arena_init(struct rt_arena *arena, struct st_mem *ret_mem);
void rt_arena_drop(struct rt_arena *arena);
