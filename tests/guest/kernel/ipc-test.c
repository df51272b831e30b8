/* SPDX-License-Identifier: MIT
 *
 * Messages, queues, notifications, endpoints.
 */
#include "world.h"

static lu_ep self_ep(void)
{
    struct lu_self self = {0};

    EQUAL(sys_self(&self), 0);
    return self.ep;
}

static void round_trip(void)
{
    lu_ep a = puppet_new("a");
    struct lu_msg m = {.type = P_COUNT, .source = 77, .flags = 0xff};

    EQUAL(sys_sendrec(a, &m), 0);
    EQUAL(m.arg[0], 1);
    EQUAL(m.source, a);
    EQUAL(m.flags, 0);
    for (int i = 2; i < 100; i++)
        EQUAL(order(a, P_COUNT, 0, 0), i);
    puppet_end(a);
}

static void send_keeps_order(void)
{
    lu_ep a = puppet_new("a");
    struct lu_msg m = {.type = P_NOTE_DOWN};

    for (uint64_t i = 0; i < 30; i++) {
        m.arg[0] = i;
        EQUAL(i % 3 ? sys_post(a, &m) : sys_send(a, &m), 0);
    }
    m = (struct lu_msg){.type = P_LOG};
    for (uint64_t i = 0; i < 30; i++) {
        m.arg[0] = i;
        m.type = P_LOG;
        EQUAL(sys_sendrec(a, &m), 0);
        EQUAL(m.arg[0], 30);
        EQUAL(m.arg[1], i);
    }
    puppet_end(a);
}

/* Posts and a blocked sender of a receiver that was not there yet. */
static void queued_keeps_order(void)
{
    struct lu_rights r = puppet_rights();
    lu_ep b, a = puppet_create("a", &r);
    struct lu_msg m = {.type = P_NOTE_DOWN, .arg = {1}};
    struct puppet_info info;

    EQUAL(sys_post(a, &m), 0);
    b = puppet_new("b");
    info = puppet_info(b);
    order(b, P_POKE, info.scratch, (uint64_t)P_NOTE_DOWN << 32);
    order(b, P_POKE, info.scratch + 16, 2);
    order_call_async(b, LU_SYS_SEND, a, info.scratch, 0, 0);
    CHECK(wait_state(b, LU_RUN_SENDING));
    EQUAL(info_of(b).waits_for, a);
    m.arg[0] = 3;
    EQUAL(sys_post(a, &m), 0);
    EQUAL(puppet_start(a, LU_START_FRESH), 0);
    CHECK(wait_state(b, LU_RUN_RECEIVING));
    for (uint64_t i = 0; i < 3; i++) {
        m = (struct lu_msg){.type = P_LOG, .arg = {i}};
        EQUAL(sys_sendrec(a, &m), 0);
        EQUAL(m.arg[1], i + 1);
    }
    puppet_end(a);
    puppet_end(b);
}

static void queue_full(void)
{
    struct lu_rights r = puppet_rights();
    lu_ep a = puppet_create("a", &r);
    struct lu_msg m = {.type = P_COUNT};

    for (unsigned i = 0; i < LU_QUEUE_MAX; i++)
        EQUAL(sys_post(a, &m), 0);
    EQUAL(sys_post(a, &m), -LU_EAGAIN);
    EQUAL(info_of(a).queued, LU_QUEUE_MAX);
    EQUAL(puppet_start(a, LU_START_FRESH), 0);
    EQUAL(order(a, P_COUNT, 0, 0), LU_QUEUE_MAX + 1);
    EQUAL(sys_post(a, &m), 0);
    puppet_end(a);
}

static void notifications(void)
{
    struct lu_rights r = puppet_rights();
    lu_ep a = puppet_create("a", &r);

    EQUAL(sys_notify(a, LU_NOTE_USER(0)), 0);
    EQUAL(sys_notify(a, LU_NOTE_USER(31)), 0);
    EQUAL(sys_notify(a, LU_NOTE_ALARM), -LU_EINVAL);
    EQUAL(sys_notify(a, LU_NOTE_USER(3) | LU_NOTE_PREPARE), -LU_EINVAL);
    EQUAL(sys_notify(a, 0), -LU_EINVAL);
    EQUAL(puppet_start(a, LU_START_FRESH), 0);
    EQUAL(order(a, P_NOTES, 0, 0), (LU_NOTE_USER(0) | LU_NOTE_USER(31)));
    EQUAL(sys_notify(a, LU_NOTE_USER(5)), 0);
    EQUAL(order(a, P_NOTES, 0, 0), LU_NOTE_USER(5));
    puppet_end(a);
}

static void stale_endpoints(void)
{
    lu_ep b, a = puppet_new("a");
    struct lu_msg m = {.type = P_COUNT};

    EQUAL(sys_lookup("a"), a);
    puppet_end(a);
    EQUAL(sys_lookup("a"), -LU_ENOENT);
    EQUAL(sys_send(a, &m), -LU_EDEAD);
    EQUAL(sys_sendrec(a, &m), -LU_EDEAD);
    EQUAL(sys_post(a, &m), -LU_EDEAD);
    EQUAL(sys_notify(a, LU_NOTE_USER(1)), -LU_EDEAD);
    EQUAL(sys_reply(a, &m), -LU_EDEAD);
    EQUAL(sys_receive_from(a, &m, 0), -LU_EDEAD);
    EQUAL(sys_proc_kill(a), -LU_EDEAD);
    EQUAL(sys_grant_new(a, &m, 8, LU_GRANT_READ), -LU_EDEAD);
    b = puppet_new("a"); /* the same slot */
    EQUAL(LU_EP_SLOT(b), LU_EP_SLOT(a));
    EQUAL(LU_EP_GEN(b), LU_EP_GEN(a) + 1);
    EQUAL(sys_post(a, &m), -LU_EDEAD);
    EQUAL(sys_post(b, &m), 0);
    EQUAL(sys_post(LU_EP_NONE, &m), -LU_EDEAD);
    EQUAL(sys_post(LU_EP_ANY, &m), -LU_EDEAD);
    EQUAL(sys_post(LU_EP_KERNEL, &m), -LU_EDEAD);
    puppet_end(b);
}

static void only_peers(void)
{
    struct lu_rights r = puppet_rights();
    lu_ep a, b = puppet_new("b");
    struct puppet_info info;

    r.n_peers = 1; /* update only */
    a = puppet_create("a", &r);
    EQUAL(puppet_start(a, LU_START_FRESH), 0);
    info = puppet_info(a);
    EQUAL(order_call(a, LU_SYS_SEND, b, info.scratch, 0, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_SENDREC, b, info.scratch, 0, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_POST, b, info.scratch, 0, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_NOTIFY, b, LU_NOTE_USER(1), 0, 0), -LU_EPERM);
    order(a, P_POKE, info.scratch, 'b');
    EQUAL(order_call(a, LU_SYS_LOOKUP, info.scratch, 0, 0, 0), -LU_EPERM);
    r.n_peers = 3;
    EQUAL(sys_proc_rights(a, &r), 0);
    EQUAL(order_call(a, LU_SYS_LOOKUP, info.scratch, 0, 0, 0), b);
    EQUAL(order_call(a, LU_SYS_NOTIFY, b, LU_NOTE_USER(1), 0, 0), 0);
    for (uint64_t nr = LU_SYS_PROC_CREATE; nr <= LU_SYS_ARCHIVE_MAP; nr++)
        EQUAL(order_call(a, nr, b, info.scratch, 0, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_DMA_ALLOC, 4096, info.scratch, 0, 0), -LU_EPERM);
    puppet_end(a);
    puppet_end(b);
}

static void deadlock_is_refused(void)
{
    lu_ep a = puppet_new("a"), b = puppet_new("b");
    struct puppet_info info = puppet_info(a);
    struct lu_msg m = {.type = P_CALL};

    EQUAL(sys_send(self_ep(), &m), -LU_EDEADLOCK);
    order(a, P_POKE, info.scratch, (uint64_t)P_CALL_BACK << 32);
    EQUAL(order_call(a, LU_SYS_SENDREC, b, info.scratch, 0, 0), 0);
    EQUAL((int64_t)order(a, P_PEEK, info.scratch + 16, 0), -LU_EDEADLOCK);
    puppet_end(a);
    puppet_end(b);
}

static void death_wakes_waiters(void)
{
    lu_ep a = puppet_new("a"), b = puppet_new("b"), c = puppet_new("c"), d = puppet_new("d");
    struct puppet_info info = puppet_info(b);

    order_async(a, P_DEAF, d, 0);
    CHECK(wait_state(a, LU_RUN_RECEIVING));
    order_call_async(b, LU_SYS_SENDREC, a, info.scratch, 0, 0); /* not received yet */
    order_async(c, P_DEAF, a, 0);                               /* receives from a */
    CHECK(wait_state(b, LU_RUN_SENDING));
    CHECK(wait_state(c, LU_RUN_RECEIVING));
    puppet_end(a);
    CHECK(wait_state(b, LU_RUN_RECEIVING));
    EQUAL(order(b, P_RESULT, 0, 0), -LU_EDEAD);
    EQUAL(order(c, P_RESULT, 0, 0), -LU_EDEAD);
    puppet_end(b);
    puppet_end(c);
    puppet_end(d);
}

/* A caller whose message was received learns of the death, too. */
static void death_wakes_callers(void)
{
    lu_ep a = puppet_new("a");

    EQUAL(order(a, P_FAULT, FAULT_ILLEGAL, 0), -LU_EDEAD);
    EQUAL(wait_death().ep, a);
    EQUAL(info_of(a).run_state, LU_RUN_DEAD);
    puppet_end(a);
}

static void receive_rules(void)
{
    lu_ep a = puppet_new("a");
    struct lu_msg m = {.type = P_COUNT};

    EQUAL(sys_receive_from(LU_EP_ANY, &m, LU_RECV_NONBLOCK), -LU_EAGAIN);
    EQUAL(sys_receive_from(a, &m, LU_RECV_NONBLOCK), -LU_EAGAIN);
    EQUAL(sys_receive_from(LU_EP_ANY, &m, 2), -LU_EINVAL);
    EQUAL(sys_reply(a, &m), -LU_EINVAL);
    EQUAL(sys_receive_from(LU_EP_ANY, (struct lu_msg *)8, 0), -LU_EFAULT);
    EQUAL(sys_sendrec(a, (struct lu_msg *)8), -LU_EFAULT);
    EQUAL(sys_sendrec(a, (struct lu_msg *)(LU_VA_STACK_TOP - 8)), -LU_EFAULT);
    EQUAL(sys_post(a, (struct lu_msg *)0xffffffff80100000ull), -LU_EFAULT);
    EQUAL(sys_call3(0, 0, 0, 0), -LU_ENOSYS);
    EQUAL(sys_call3(63, 0, 0, 0), -LU_ENOSYS);
    EQUAL(sys_call3(-1, 0, 0, 0), -LU_ENOSYS);
    puppet_end(a);
}

static void speed(void)
{
    lu_ep a = puppet_new("a");
    uint64_t start = sys_clock();

    for (int i = 0; i < 20000; i++)
        order(a, P_COUNT, 0, 0);
    tap_note("IPC round trip, ns", (sys_clock() - start) / 20000);
    start = sys_clock();
    for (int i = 0; i < 20000; i++)
        sys_irq_ack(0);
    tap_note("kernel call, ns", (sys_clock() - start) / 20000);
    EQUAL(order(a, P_COUNT, 0, 0), 20001);
    puppet_end(a);
}

int main(void)
{
    tap_plan(12);
    test_case("sendrec and reply", round_trip);
    test_case("send and post keep their order", send_keeps_order);
    test_case("blocked senders and posts keep their order", queued_keeps_order);
    test_case("a full queue", queue_full);
    test_case("notifications", notifications);
    test_case("stale endpoints", stale_endpoints);
    test_case("only peers may be reached", only_peers);
    test_case("a circle of waits is refused", deadlock_is_refused);
    test_case("death wakes who waits", death_wakes_waiters);
    test_case("death wakes callers", death_wakes_callers);
    test_case("receive and bad arguments", receive_rules);
    test_case("many round trips", speed);
    tap_done();
}
