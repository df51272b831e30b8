/* SPDX-License-Identifier: MIT
 *
 * The network server: lwIP between a NIC driver and the services that use
 * lu/net.h.  One event at a time; after each, everything that it made possible is
 * done (conn_pump_all), posted (iface_flush), and the alarm set for what comes next.
 */
#include <lwip/init.h>
#include <lwip/timeouts.h>

#include <lu/event.h>
#include <lu/log.h>
#include <lu/net.h>

#include "client.h"
#include "conn.h"
#include "iface.h"
#include "stats.h"

#define MS 1000000ull
#define RETRY_NS (1 * MS) /* somebody's queue was full */
#define LOOK_NS (20 * MS) /* no NIC driver yet */

struct net_stats net_stats;

static uint64_t net_alarm_at; /* 0: none set */
static bool net_posts_waiting;

static int net_init(void)
{
    lwip_init();
    return iface_init();
}

/* Sets the alarm if something is due before the one that is set. */
static void alarm_update(void)
{
    uint64_t now = sys_clock();
    uint32_t sleep_ms = sys_timeouts_sleeptime();
    uint64_t due = now + (sleep_ms == UINT32_MAX ? 60000 : sleep_ms) * MS;

    if (!iface_has_driver() && due > now + LOOK_NS)
        due = now + LOOK_NS;
    if (net_posts_waiting && due > now + RETRY_NS)
        due = now + RETRY_NS;
    if (due <= now)
        due = now + MS;
    if (net_alarm_at == 0 || due < net_alarm_at) {
        net_alarm_at = due;
        sys_alarm(due);
    }
}

/* Not before the driver agrees: one that parks first would leave us waiting. */
static int net_prepare(void)
{
    static struct lu_prepare asked;
    int ret = sys_prepare_info(&asked);

    if (ret < 0 || iface_may_park(asked.txn))
        return 0;
    net_posts_waiting = true; /* its queue may be full */
    alarm_update();
    return -LU_EBUSY;
}

static void on_kernel(uint64_t bits)
{
    if (bits & LU_NOTE_ALARM) {
        net_alarm_at = 0;
        sys_check_timeouts();
    }
    if ((bits & LU_NOTE_PEER) || !iface_has_driver())
        iface_look_for_driver();
    if (bits & LU_NOTE_PEER)
        client_check_all();
}

static void after_event(void)
{
    bool all;

    if (iface_take_starved())
        conn_output_all();
    all = client_pump_all();
    all = conn_pump_all() && all;
    all = iface_flush() && all;
    net_posts_waiting = !all;
    alarm_update();
}

int main(void)
{
    static const struct event_handlers handlers = {
        .init_fresh = net_init,
        .prepare = net_prepare,
    };
    struct lu_msg m;

    sys_startup(&handlers);
    for (;;) {
        after_event();
        if (sys_receive(&m) < 0)
            return 1;
        if (m.source == LU_EP_KERNEL && (m.flags & LU_MSGF_NOTIFY))
            on_kernel(m.arg[0]);
        else if (iface_is_driver(m.source))
            iface_message(&m);
        else
            client_message(&m);
    }
}
