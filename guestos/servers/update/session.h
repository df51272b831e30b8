/* SPDX-License-Identifier: MIT
 *
 * The conversation with the agent: what its frames mean, LU_CH_STATUS,
 * heartbeats, events.
 */
#pragma once

#include <lu/frame.h>

#include "component.h"

/* One frame, whole and in order. */
void session_frame(const struct lu_frame *frame, const uint8_t *payload);
/* A transaction came to its end: LU_CH_STATUS, unsolicited, and events held back. */
void session_settled(void);
/* A component died; `c` as it is after the attempt to restart it. */
void session_event(const struct lu_exit *e, const struct component *c);

uint64_t session_deadline(void); /* of the next heartbeat; 0 = none */
void session_timeout(uint64_t now);
