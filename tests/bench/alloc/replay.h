/* SPDX-License-Identifier: MIT
 *
 * The loop that replays a trace, compiled once per allocator (replay.c) so that each
 * calls its own directly.
 */
#pragma once

#include "trace.h"

/* Plays n events; objects[] holds what is live.  False: the allocator gave nothing. */
typedef _Bool replay_fn(const struct trace_event *events, uint32_t n, void **objects);

replay_fn replay_plain;   /* ours, as code calls it that is not instrumented */
replay_fn replay_direct;  /* ours, as the pass calls it for malloc */
replay_fn replay_wrapped; /* ours, as the pass calls an allocation wrapper */
replay_fn replay_musl_ng, replay_musl_old, replay_glibc;
