/* SPDX-License-Identifier: MIT
 *
 * The earliest alarm is cached, so that a tick usually compares one number.
 */
#include "timer.h"

#include "inspect.h"
#include "ipc.h"

static uint64_t armed; /* bit per slot index */
static uint64_t earliest = UINT64_MAX;

void timer_set_alarm(struct slot *s, uint64_t abs_ns)
{
    s->alarm_ns = abs_ns;
    if (!abs_ns) {
        armed &= ~(1ull << s->index);
        return;
    }
    armed |= 1ull << s->index;
    if (abs_ns < earliest)
        earliest = abs_ns;
}

static void fire(uint64_t now)
{
    earliest = UINT64_MAX;
    for (uint64_t rest = armed; rest; rest &= rest - 1) {
        struct slot *s = &slots[__builtin_ctzll(rest)];

        if (s->alarm_ns <= now) {
            timer_set_alarm(s, 0);
            ipc_notify(s, LU_NOTE_ALARM);
        } else if (s->alarm_ns < earliest) {
            earliest = s->alarm_ns;
        }
    }
}

void timer_tick(void)
{
    uint64_t now = arch_time_ns();

    kernel_inspect.uptime_ns = now;
    if (now >= earliest)
        fire(now);
}
