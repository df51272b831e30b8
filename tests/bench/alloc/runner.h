/* SPDX-License-Identifier: MIT
 *
 * One process per allocator, so that none meets what another did to memory, and each
 * begins with a fresh heap.  They run one at a time, in turns, when told to.
 */
#pragma once

#include "replay.h"

#include <sys/types.h>

struct runner {
    pid_t pid;
    int commands, answers; /* pipes */
};

/* Forks a process that replays `t` on demand.  Ends the program on failure. */
void runner_start(struct runner *r, replay_fn *replay, const struct trace *t);
/* One replay: nanoseconds of processor time per event, once the heap is warm. */
double runner_time(struct runner *r);
/* One replay, looking at the process's memory now and then: the most bytes that it had more
 * than before the replay. */
double runner_peak(struct runner *r);
void runner_stop(struct runner *r);
