/* SPDX-License-Identifier: MIT
 *
 * Seams inside the runtime: the event loop (event.c) knows when the update
 * point is reached, prepare.c decides whether to park there, update.c turns a
 * fresh body into the running version's successor.  The runtime's own variables
 * are built without descriptions: they never travel to another version.
 */
#pragma once

#include <lu/event.h>

/* LU_NOTE_PREPARE arrived: fetches and verifies what is asked for. */
void rt_prepare_begin(void);

/* Parks if a prepare is pending and the component is ready, else says why not.
 * Returns when the component may run on. */
void rt_update_point(const struct event_handlers *handlers);

/* LU_START_UPDATE: transfer, park, init_live_update, park.  Returns when the
 * transaction has committed; does not return on failure. */
void rt_live_update(const struct event_handlers *handlers);
