/* SPDX-License-Identifier: MIT
 *
 * Interface filters: what they hold back while a component is preparing comes in
 * the order of its arrival once the update is cancelled, undone or committed; nothing
 * is lost or doubled, whoever sent it and however.
 */
#include "steps.h"

int main(void);

/* A receiver and two peers that send to it. */
static lu_ep a, peers[2];
static uint64_t scratch[2], plan_addr;
static int blocked[2]; /* the peer's last message is not received yet */

/* What the receiver should have got, and what is held back. */
static uint64_t expected[PUPPET_LOG], pending[PUPPET_LOG], n_expected, n_pending, serial;

static void begin(void)
{
    a = puppet_new("a");
    peers[0] = puppet_new("b");
    peers[1] = puppet_new("c");
    plan_addr = puppet_info(a).plan;
    for (int i = 0; i < 2; i++) {
        scratch[i] = puppet_info(peers[i]).scratch;
        blocked[i] = 0;
    }
    n_expected = n_pending = serial = 0;
    EQUAL(order(a, P_BUSY, 1, 0), 1);
}

/* Exactly the expected numbers, in their order. */
static void check_log(void)
{
    struct lu_msg m = {.type = P_LOG};

    EQUAL(order(a, P_LOG, 0, 0), n_expected);
    for (uint64_t i = 0; i < n_expected; i++) {
        m = (struct lu_msg){.type = P_LOG, .arg = {i}};
        EQUAL(sys_sendrec(a, &m), 0);
        EQUAL(m.arg[1], expected[i]);
    }
}

static void end(void)
{
    check_log();
    puppet_end(a);
    puppet_end(peers[0]);
    puppet_end(peers[1]);
}

static void note(uint64_t number, int held)
{
    if (held)
        pending[n_pending++] = number;
    else
        expected[n_expected++] = number;
}

/* The hold is over: the rest is received.  (What is not when the next hold begins would be
 * subject to that one.) */
static void release(void)
{
    for (uint64_t i = 0; i < n_pending; i++)
        expected[n_expected++] = pending[i];
    n_pending = 0;
    for (int i = 0; i < 2; i++) {
        CHECK(wait_state(peers[i], LU_RUN_RECEIVING));
        blocked[i] = 0;
    }
    check_log();
}

/* By a post of the test's own. */
static void post(uint32_t type, int held)
{
    struct lu_msg m = {.type = type, .arg = {++serial}};

    EQUAL(sys_post(a, &m), 0);
    note(serial, held);
}

/* By a peer: the send waits as long as the message is held. */
static void send(int peer, uint32_t type, int held)
{
    CHECK(!blocked[peer]);
    order(peers[peer], P_POKE, scratch[peer], (uint64_t)type << 32);
    order(peers[peer], P_POKE, scratch[peer] + 16, ++serial);
    order_call_async(peers[peer], LU_SYS_SEND, a, scratch[peer], 0, 0);
    CHECK(wait_state(peers[peer], held ? LU_RUN_SENDING : LU_RUN_RECEIVING));
    blocked[peer] = held;
    note(serial, held);
}

static void hold(const struct lu_hold *holds, uint32_t n)
{
    static struct lu_prepare p;

    memset(&p, 0, sizeof(p));
    p.txn = 7;
    p.n_holds = n;
    memcpy(p.holds, holds, n * sizeof(*holds));
    EQUAL(sys_prepare(a, &p), 0);
}

/* Held: notes of everybody but b; the other type passes, of c it does not. */
static void stream(void)
{
    const struct lu_hold holds[] = {
        {.source = LU_EP_ANY, .type = P_NOTE_DOWN},
        {.source = peers[0], .type = P_NOTE_DOWN, .allow = 1},
        {.source = peers[1], .type = P_NOTE_ALSO},
    };

    hold(holds, 3);
    post(P_NOTE_DOWN, 1);
    post(P_NOTE_ALSO, 0);
    send(0, P_NOTE_DOWN, 0);
    send(1, P_NOTE_ALSO, 1);
    post(P_NOTE_DOWN, 1);
    send(0, P_NOTE_ALSO, 0);
    post(P_NOTE_DOWN, 1);
    check_log();
    EQUAL(info_of(a).queued, 3);
}

static void after_cancel(void)
{
    begin();
    stream();
    EQUAL(sys_unprepare(a), 0);
    release();
    post(P_NOTE_DOWN, 0);
    send(1, P_NOTE_DOWN, 0);
    end();
}

/* Parks; from here on everything waits, also what the filter lets pass. */
static void park(void)
{
    EQUAL(order(a, P_BUSY, 0, 0), 0);
    CHECK(is_parked(a));
    post(P_NOTE_ALSO, 1);
    send(0, P_NOTE_DOWN, 1);
    post(P_NOTE_DOWN, 1);
}

static void after_commit(void)
{
    begin();
    stream();
    park();
    commit_parked(a, plan_addr);
    release();
    EQUAL(order(a, P_COUNT, 0, 0), 1);
    post(P_NOTE_DOWN, 0);
    end();
}

static void after_cancel_of_the_parked(void)
{
    begin();
    stream();
    park();
    EQUAL(sys_unprepare(a), 0);
    release();
    end();
}

static void after_rollback(void)
{
    lu_ep new_;

    begin();
    stream();
    park();
    new_ = successor("a.new", plan_addr, PLAN_CRASH_INIT);
    transfer(a, new_);
    EQUAL(swap(a, new_), 0);
    EQUAL(sys_unprepare(a), 0);
    EQUAL(wait_death().ep, a);
    post(P_NOTE_ALSO, 1); /* to a slot whose body is dead: for the old version */
    EQUAL(swap(a, new_), 0);
    puppet_end(new_);
    EQUAL(sys_unprepare(a), 0);
    release();
    end();
}

/* A full queue refuses, and tells; what is in it comes out whole. */
static void full_queue(void)
{
    const struct lu_hold everything = {.source = self_ep(), .type = P_NOTE_DOWN};
    struct lu_msg m = {.type = P_NOTE_DOWN, .arg = {1000}};

    begin();
    hold(&everything, 1);
    for (uint32_t i = 0; i < LU_QUEUE_MAX; i++)
        post(P_NOTE_DOWN, 1);
    EQUAL(sys_post(a, &m), -LU_EAGAIN);
    EQUAL(info_of(a).queued, LU_QUEUE_MAX);
    CHECK(wait_state(a, LU_RUN_RECEIVING));
    m.type = P_NOTE_ALSO; /* one that passes to a receiver that waits needs no place */
    EQUAL(sys_post(a, &m), 0);
    note(1000, 0);
    send(0, P_NOTE_DOWN, 0);
    check_log();
    EQUAL(sys_unprepare(a), 0);
    release();
    EQUAL(info_of(a).queued, 0);
    post(P_NOTE_DOWN, 0);
    end();
}

/* Notifications of the kernel are not messages of peers. */
static void notifications_pass(void)
{
    const struct lu_hold peers_only = {.source = LU_EP_ANY};

    begin();
    hold(&peers_only, 1);
    EQUAL(sys_notify(a, LU_NOTE_USER(1)), 0);
    EQUAL(sys_unprepare(a), 0);
    EQUAL(order(a, P_NOTES, 0, 0) & LU_NOTE_USER(1), LU_NOTE_USER(1));
    end();
}

/* --- random streams against the rule: the last entry that fits decides --- */

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 33) % below;
}

static lu_ep draw_source(void)
{
    const lu_ep from[] = {LU_EP_ANY, self_ep(), peers[0], peers[1]};

    return from[draw(4)];
}

static uint32_t draw_type(void)
{
    return draw(2) ? P_NOTE_DOWN : P_NOTE_ALSO;
}

static int holds_back(const struct lu_hold *h, uint32_t n, lu_ep source, uint32_t type)
{
    while (n-- > 0)
        if ((h[n].source == LU_EP_ANY || h[n].source == source) &&
            (!h[n].type || h[n].type == type))
            return !h[n].allow;
    return 0;
}

static void random_message(const struct lu_hold *h, uint32_t n, int parked)
{
    uint32_t type = draw_type(), who = draw(3);

    if (who == 2)
        post(type, parked || holds_back(h, n, self_ep(), type));
    else if (!blocked[who])
        send((int)who, type, parked || holds_back(h, n, peers[who], type));
}

static void random_round(void)
{
    struct lu_hold h[4];
    uint32_t n = 1 + draw(4);
    int commit = (int)draw(2);

    for (uint32_t i = 0; i < n; i++)
        h[i] = (struct lu_hold){
            .source = draw_source(), .type = draw(3) ? draw_type() : P_NOTE_DOWN, .allow = draw(2)};
    hold(h, n);
    for (int i = 0; i < 8; i++)
        random_message(h, n, 0);
    check_log();
    if (commit) {
        EQUAL(order(a, P_BUSY, 0, 0), 0);
        CHECK(is_parked(a));
        for (int i = 0; i < 3; i++)
            random_message(h, n, 1);
        commit_parked(a, plan_addr);
        EQUAL(order(a, P_BUSY, 1, 0), 1);
    } else {
        EQUAL(sys_unprepare(a), 0);
    }
    release();
}

static void random_streams(void)
{
    for (seed = 1; seed < 11;) {
        uint64_t first = seed;

        begin();
        for (int round = 0; round < 8; round++)
            random_round();
        end();
        seed = first + 1;
    }
}

int main(void)
{
    tap_plan(8);
    test_case("held by sender and type, then cancelled", after_cancel);
    test_case("held, parked, then committed", after_commit);
    test_case("held, parked, then cancelled", after_cancel_of_the_parked);
    test_case("held, swapped, then rolled back", after_rollback);
    test_case("a full queue", full_queue);
    test_case("notifications pass", notifications_pass);
    test_case("random streams", random_streams);
    test_case("held, parked, then committed, again", after_commit);
    tap_done();
}
