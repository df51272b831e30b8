/* SPDX-License-Identifier: MIT
 *
 * How a process ends.  Its body is destroyed at once.  Its slot stays as it is
 * if a swap is not committed yet (an undo will give it a body again); else all
 * who wait for it are told, everything it had is given up, and the supervisor
 * finds a record (PROC_WAIT) and decides: restart or free.
 */
#pragma once

#include "slot.h"

/* `record` holds reason and details; endpoint and name are filled in. */
void death_of(struct slot *s, const struct lu_exit *record);
void death_of_current(const struct lu_exit *record);
/* Frees a dead slot. */
void death_bury(struct slot *s);
/* Oldest record; false if there is none. */
bool death_next_record(struct lu_exit *ret);
/* The body's memory is gone, nobody views it; its slot has a dead body. */
void death_destroy_body(struct slot *s);
