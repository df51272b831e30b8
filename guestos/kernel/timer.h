/* SPDX-License-Identifier: MIT
 *
 * Alarms: one per slot, compared with the monotonic clock at each tick.
 */
#pragma once

#include "slot.h"

void timer_set_alarm(struct slot *s, uint64_t abs_ns); /* 0: none */
void timer_tick(void);
