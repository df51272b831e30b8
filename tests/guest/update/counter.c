/* SPDX-License-Identifier: MIT
 *
 * The component that the update tests replace: counts the ticks of its alarm in
 * state of different kinds and says on the console where it stands.  All parts of
 * the state must agree, so a lost, doubled or mixed-up piece shows.  COUNTER_*
 * macros make the versions: another layout, and new versions that go wrong.
 */
#include <stdlib.h>
#include <string.h>

#include <lu/annotate.h>
#include <lu/event.h>
#include <lu/log.h>
#include <st/transfer.h>

#ifndef COUNTER_VERSION
#define COUNTER_VERSION "v1"
#endif
#define TICK_NS 10000000ull
#define KEEP 8u

struct tick {
#ifdef COUNTER_WIDER
    char note[12];
    struct tick *next;
    uint64_t number;
#else
    uint32_t number;
    struct tick *next;
#endif
};

static uint32_t count;
static uint64_t next_ns;
static struct tick *ticks; /* the latest KEEP ticks, newest first */
static struct tick **tail = &ticks;
#ifdef COUNTER_BOMB
NOXFER static unsigned bomb;
#endif
static int never; /* for a filter that is never true */

LU_INVARIANT(newest, "ticks == NULL || ticks->number == count");
LU_INVARIANT(unspoilt, "never == 0");

static void keep_tick(void)
{
    struct tick *t = calloc(1, sizeof(*t));
    unsigned n = 0;

    if (!t)
        abort();
    t->number = count;
    t->next = ticks;
    ticks = t;
    if (!t->next)
        tail = &t->next;
    for (struct tick **p = &ticks; *p; p = &(*p)->next)
        if (++n == KEEP && (*p)->next) {
            free((*p)->next);
            (*p)->next = NULL;
            tail = &(*p)->next;
        }
}

static int consistent(void)
{
    uint32_t expected = count;
    struct tick **p = &ticks;

    for (; *p; p = &(*p)->next)
        if ((*p)->number != expected--)
            return 0;
    return p == tail;
}

static void arm(void)
{
    next_ns += TICK_NS;
    sys_alarm(next_ns);
}

static void tick(void)
{
    if (!consistent()) {
        lu_log("count %u BROKEN", count);
        abort();
    }
#ifdef COUNTER_BOMB
    if (bomb++ == 20) {
        lu_log("bomb: tick, tick");
#ifdef COUNTER_DOUBLE_FREE
        free(ticks->next);
        free(ticks->next);
#endif
        *(volatile int *)32 = 1;
    }
#endif
#ifdef COUNTER_CALLS
    if (count == 3) { /* nobody will answer: it does not even get to its next tick */
        struct lu_msg m = {.type = LU_MSG(LU_PROTO_UPDATE, 99)};

        sys_sendrec((lu_ep)sys_lookup("stubborn"), &m);
    }
#endif
#ifdef COUNTER_SPOILS
    never = 1;
#endif
    count++;
    keep_tick();
    lu_log(COUNTER_VERSION " count %u", count);
    arm();
}

static int counter_init(void)
{
    next_ns = sys_clock();
    arm();
    return never;
}

static int counter_init_live_update(void)
{
#if defined(COUNTER_INIT_CRASHES)
    *(volatile int *)8 = 1;
#elif defined(COUNTER_INIT_HANGS)
    for (;;)
        __asm__ volatile("pause");
#elif defined(COUNTER_INIT_FAILS)
    return -LU_EIO;
#elif defined(COUNTER_INIT_MISCOUNTS)
    count += 2;
#elif defined(COUNTER_INIT_MISLEADS)
    tail = (struct tick **)&next_ns;
#endif
    return 0;
}

#ifdef COUNTER_TRANSFER_CRASHES
static int convert_count(struct st_xfer *x, const struct st_object *o)
{
    (void)x;
    (void)o;
    *(volatile int *)24 = 1;
    return 0;
}

const struct st_handler lu_transfer_handlers[] = {
    {.kind = ST_HANDLER_GLOBAL, .name = "count", .convert = convert_count}, {0}};
#endif

#ifdef COUNTER_REFUSES
static int counter_prepare(void)
{
    return -LU_EBUSY;
}
#else
#define counter_prepare NULL
#endif

int main(void)
{
    static const struct event_handlers handlers = {
        .init = counter_init,
        .init_live_update = counter_init_live_update,
        .prepare = counter_prepare,
    };
    struct lu_msg m;

#ifdef COUNTER_START_CRASHES
    *(volatile int *)16 = 1;
#endif
    sys_startup(&handlers);
    while (sys_receive(&m) == 0)
        if (m.source == LU_EP_KERNEL && (m.arg[0] & LU_NOTE_ALARM))
            tick();
    return 1;
}
