/* SPDX-License-Identifier: MIT
 *
 * Preemptive priorities, round robin within one.  The running slot is in no
 * queue.  A slot that was woken by one that has just blocked runs next without
 * passing through a queue, unless something of higher priority is ready.
 */
#pragma once

#include "slot.h"

/* READY slot to the end of its queue (or direct switch, see above). */
void sched_ready(struct slot *s);
/* Forget the slot if it is queued or about to run. */
void sched_remove(struct slot *s);
/* State READY, `result` of the call it was in. */
void sched_wake(struct slot *s, long result);
/* The running slot's quantum may be over. */
void sched_tick(void);
/* Chooses, waits while there is nothing to run, loads the choice's machine
 * state and returns its registers. */
struct regs *sched_next(void);
uint64_t sched_switches(void);
