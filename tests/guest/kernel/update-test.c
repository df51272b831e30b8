/* SPDX-License-Identifier: MIT
 *
 * Prepare, park, view, upd: the live update as the kernel sees it.
 */
#include "steps.h"

int main(void);

static char mine[8192] __attribute__((aligned(4096)));

static void park_and_cancel(void)
{
    lu_ep a = puppet_new("a");
    struct lu_msg m = {.type = P_NOTE_DOWN, .arg = {5}};
    uint64_t seen;

    EQUAL(sys_unprepare(a), -LU_EINVAL);
    EQUAL(prepare(a), 0);
    seen = wait_note(LU_NOTE_PARKED);
    CHECK(seen & LU_NOTE_PARKED);
    CHECK(is_parked(a));
    EQUAL(info_of(a).prep_state, LU_PREP_PARKED);
    EQUAL(prepare(a), -LU_EBUSY);
    EQUAL(sys_post(a, &m), 0);
    EQUAL(info_of(a).queued, 1); /* nothing is delivered while parked */
    EQUAL(sys_unprepare(a), 0);
    EQUAL(info_of(a).prep_state, LU_PREP_NONE);
    EQUAL(order(a, P_COUNT, 0, 0), 1);
    EQUAL(order(a, P_LOG, 0, 0), 1);
    puppet_end(a);
}

static void not_ready(void)
{
    lu_ep a = puppet_new("a");

    EQUAL(order(a, P_BUSY, 9, 0), 9);
    EQUAL(prepare(a), 0);
    wait_note(LU_NOTE_PARKED);
    EQUAL(info_of(a).prep_state, LU_PREP_FILTER_FALSE);
    EQUAL(info_of(a).prep_detail, 9);
    EQUAL(order(a, P_COUNT, 0, 0), 1); /* runs on */
    EQUAL(order(a, P_BUSY, 0, 0), 0);
    CHECK(is_parked(a)); /* the filter was looked at again */
    EQUAL(sys_unprepare(a), 0);
    EQUAL(order(a, P_BUSY, 9, 0), 9);
    EQUAL(prepare(a), 0);
    EQUAL(sys_unprepare(a), 0); /* before it parked */
    EQUAL(order(a, P_COUNT, 0, 0), 2);
    EQUAL(info_of(a).prep_state, LU_PREP_NONE);
    EQUAL(order_call(a, LU_SYS_PREPARE_SAY, LU_PREP_REFUSED, 0, 0, 0), -LU_ENOENT);
    puppet_end(a);
}

static void holds(void)
{
    static struct lu_prepare p;
    lu_ep a = puppet_new("a"), b = puppet_new("b");
    struct puppet_info info = puppet_info(b);
    struct lu_msg m = {.type = P_NOTE_DOWN, .arg = {1}};

    order(b, P_POKE, info.scratch, (uint64_t)P_COUNT << 32);
    EQUAL(order(a, P_BUSY, 1, 0), 1);
    memset(&p, 0, sizeof(p));
    p.n_holds = 3;
    p.holds[0] = (struct lu_hold){.source = LU_EP_ANY};                      /* everybody */
    p.holds[1] = (struct lu_hold){.source = self_ep(), .allow = 1};          /* but us */
    p.holds[2] = (struct lu_hold){.source = self_ep(), .type = P_NOTE_DOWN}; /* but this */
    EQUAL(sys_prepare(a, &p), 0);
    order_call_async(b, LU_SYS_SENDREC, a, info.scratch, 0, 0);
    EQUAL(sys_post(a, &m), 0);
    EQUAL(order(a, P_LOG, 0, 0), 0); /* ours pass, the post does not */
    CHECK(wait_state(b, LU_RUN_SENDING));
    EQUAL(info_of(a).queued, 1);
    EQUAL(sys_notify(a, LU_NOTE_USER(1)), 0);
    EQUAL(order(a, P_NOTES, 0, 0) & LU_NOTE_USER(1), LU_NOTE_USER(1));
    EQUAL(sys_unprepare(a), 0);
    CHECK(wait_state(b, LU_RUN_RECEIVING));
    EQUAL(order(b, P_RESULT, 0, 0), 0);
    EQUAL(order(a, P_LOG, 0, 0), 1);
    puppet_end(a);
    puppet_end(b);
}

static void prepare_refuses(void)
{
    static struct lu_prepare p;
    struct lu_rights r = puppet_rights();
    lu_ep a = puppet_create("a", &r);

    memset(&p, 0, sizeof(p));
    EQUAL(sys_prepare(a, &p), -LU_EINVAL); /* not started */
    EQUAL(sys_prepare(self_ep(), &p), -LU_EINVAL);
    EQUAL(puppet_start(a, LU_START_FRESH), 0);
    p.n_holds = 9;
    EQUAL(sys_prepare(a, &p), -LU_EINVAL);
    p.n_holds = 0, p.filter_len = LU_FILTER_MAX + 1;
    EQUAL(sys_prepare(a, &p), -LU_EINVAL);
    EQUAL(sys_prepare(a, (struct lu_prepare *)8), -LU_EFAULT);
    EQUAL(sys_park(), -LU_EDEADLOCK);
    EQUAL(order_call(a, LU_SYS_VIEW_READ, LU_VA_IMAGE, LU_VA_HEAP, 8, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_VIEW_INFO, LU_VA_HEAP, 0, 0, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_REGRANT, 0, LU_VA_HEAP, 0, 0), -LU_EPERM);
    EQUAL(order_call(a, LU_SYS_UPD_REPORT, LU_VA_IMAGE, 0, 0, 0), -LU_EPERM);
    puppet_end(a);
}

/* Queue, blocked sender, grant, alarm and endpoint stay; the state moves on. */
static void swap_keeps_the_slot(void)
{
    lu_ep a = puppet_new("a"), b = puppet_new("b"), new_;
    struct puppet_info info = puppet_info(a), binfo = puppet_info(b);
    struct lu_msg m = {.type = P_NOTE_DOWN, .arg = {1}};
    int64_t id = order_call(a, LU_SYS_GRANT_NEW, self_ep(),
                            info.state + offsetof(struct puppet_state, buffer), 5000, 3);

    EQUAL(order(a, P_COUNT, 0, 0), 1);
    EQUAL(sys_grant_write(a, (uint32_t)id, 4990, "old bytes", 10), 0);
    EQUAL(prepare(a), 0);
    CHECK(is_parked(a));
    EQUAL(sys_post(a, &m), 0);
    order(b, P_POKE, binfo.scratch, (uint64_t)P_COUNT << 32);
    order_call_async(b, LU_SYS_SENDREC, a, binfo.scratch, 0, 0);
    m.arg[0] = 2;
    CHECK(wait_state(b, LU_RUN_SENDING));
    EQUAL(sys_post(a, &m), 0);

    new_ = successor("a.new", info.plan, PLAN_GOOD);
    EQUAL(swap(a, new_), -LU_EBUSY); /* not parked */
    transfer(a, new_);
    EQUAL(sys_grant_read(a, (uint32_t)id, 4990, mine, 10), 0);
    CHECK(!memcmp(mine, "old bytes", 10));
    EQUAL(swap(a, new_), 0);
    EQUAL(info_of(a).start, LU_START_UPDATE);
    EQUAL(info_of(new_).start, LU_START_FRESH);
    EQUAL(sys_unprepare(a), 0);
    CHECK(is_parked(a));
    EQUAL(info_of(a).queued, 2);
    EQUAL(sys_proc_kill(new_), 0);
    EQUAL(sys_unprepare(a), 0);
    CHECK(wait_state(b, LU_RUN_RECEIVING));
    EQUAL(order(b, P_PEEK, binfo.scratch + 16, 0), 2); /* the count went on */
    EQUAL(order(b, P_PEEK, binfo.scratch + 24, 0), 2); /* by version 2 */
    EQUAL(order(a, P_LOG, 0, 0), 2);
    memset(mine, 0, 16);
    EQUAL(sys_grant_read(a, (uint32_t)id, 4990, mine, 10), 0);
    CHECK(!memcmp(mine, "old bytes", 10));
    EQUAL(sys_grant_write(a, (uint32_t)id, 0, "new", 4), 0);
    EQUAL((uint32_t)order(a, P_PEEK, info.state + offsetof(struct puppet_state, buffer), 0),
          0x77656e);
    puppet_end(a);
    puppet_end(b);
}

/* Someone who called before the update is answered by the new version. */
static void pending_reply_moves_on(void)
{
    lu_ep a = puppet_new("a"), b = puppet_new("b");
    struct puppet_info info = puppet_info(a), binfo = puppet_info(b);

    /* b calls a; a receives that by hand and does not answer yet */
    order(b, P_POKE, binfo.scratch, (uint64_t)P_COUNT << 32);
    order_async(a, P_DEAF, b, 0);
    CHECK(wait_state(a, LU_RUN_RECEIVING));
    order_call_async(b, LU_SYS_SENDREC, a, binfo.scratch, 0, 0);
    CHECK(wait_state(b, LU_RUN_CALLING));
    full_update(a, info.plan);
    EQUAL(info_of(b).run_state, LU_RUN_CALLING);
    order(a, P_POKE, info.scratch + 16, 99);
    EQUAL(order_call(a, LU_SYS_REPLY, b, info.scratch, 0, 0), 0);
    CHECK(wait_state(b, LU_RUN_RECEIVING));
    EQUAL(order(b, P_PEEK, binfo.scratch + 16, 0), 99);
    puppet_end(a);
    puppet_end(b);
}

static void failed_transfer(void)
{
    lu_ep a = puppet_new("a"), new_;
    struct puppet_info info = puppet_info(a);
    struct lu_exit e;

    EQUAL(prepare(a), 0);
    CHECK(is_parked(a));
    new_ = successor("a.new", info.plan, PLAN_CRASH_TRANSFER);
    EQUAL(sys_view_grant(a, new_), 0);
    EQUAL(puppet_start(new_, LU_START_UPDATE), 0);
    e = wait_death();
    EQUAL(e.ep, new_);
    EQUAL(swap(a, new_), -LU_EDEAD);
    EQUAL(sys_proc_kill(new_), 0);
    new_ = successor("a.new", info.plan, PLAN_REPORT_FAILURE);
    transfer(a, new_);
    EQUAL(info_of(new_).report.status, -LU_EMISMATCH);
    EQUAL(swap(a, new_), -LU_EINVAL);
    puppet_end(new_);
    EQUAL(sys_unprepare(a), 0);
    EQUAL(order(a, P_COUNT, 0, 0), 1);
    puppet_end(a);
}

/* Hot rollback with the new version in the state that `plan` brings it to. */
static void roll_back(uint64_t plan)
{
    lu_ep a = puppet_new("a"), new_;
    struct puppet_info info = puppet_info(a);
    struct lu_msg m = {.type = P_NOTE_DOWN, .arg = {3}};
    int64_t id = order_call(a, LU_SYS_GRANT_NEW, self_ep(),
                            info.state + offsetof(struct puppet_state, buffer), 64, 3);
    uint32_t pages = info_of(a).pages;

    EQUAL(order(a, P_COUNT, 0, 0), 1);
    EQUAL(prepare(a), 0);
    CHECK(is_parked(a));
    new_ = successor("a.new", info.plan, plan);
    transfer(a, new_);
    EQUAL(swap(a, new_), 0);
    EQUAL(sys_post(a, &m), 0);
    EQUAL(sys_unprepare(a), 0);
    if (plan == PLAN_CRASH_INIT) {
        EQUAL(wait_death().ep, a);
        EQUAL(sys_lookup("a"), a); /* the slot outlives the body */
        EQUAL(sys_post(a, &m), 0);
    } else if (plan == PLAN_HANG_INIT) {
        sleep_ms(5);
        EQUAL(swap(a, new_), -LU_EBUSY);
        EQUAL(sys_proc_kill(a), 0);
        EQUAL(sys_lookup("a"), a);
    } else {
        CHECK(is_parked(a));
    }
    EQUAL(swap(a, new_), 0);
    puppet_end(new_);
    EQUAL(sys_unprepare(a), 0);
    EQUAL(order(a, P_COUNT, 0, 0), 2);
    EQUAL(order(a, P_LOG, 0, 0), plan == PLAN_CRASH_INIT ? 2 : 1);
    EQUAL(order(a, P_NOTES, 0, 0) & LU_NOTE_ALARM, 0);
    EQUAL(info_of(a).pages, pages);
    EQUAL(info_of(a).start, LU_START_FRESH);
    EQUAL(sys_grant_write(a, (uint32_t)id, 0, "back", 5), 0);
    EQUAL((uint32_t)order(a, P_PEEK, info.state + offsetof(struct puppet_state, buffer), 0),
          0x6b636162);
    full_update(a, info.plan);
    EQUAL(order(a, P_COUNT, 0, 0), 3);
    puppet_end(a);
}

static void roll_back_good(void)
{
    roll_back(PLAN_GOOD);
}

static void roll_back_crashed(void)
{
    roll_back(PLAN_CRASH_INIT);
}

static void roll_back_hanging(void)
{
    roll_back(PLAN_HANG_INIT);
}

static void roll_back_allocations(void)
{
    roll_back(PLAN_INIT_ALLOCATES);
}

static void upd_refuses(void)
{
    lu_ep a = puppet_new("a"), b = puppet_new("b"), new_;
    struct puppet_info info = puppet_info(a);
    struct lu_pair twice[2];

    EQUAL(sys_upd(twice, 0), -LU_EINVAL);
    EQUAL(sys_upd(twice, 33), -LU_EINVAL);
    EQUAL(sys_upd((struct lu_pair *)8, 1), -LU_EFAULT);
    EQUAL(swap(a, a), -LU_EINVAL);
    EQUAL(swap(a, b), -LU_EBUSY);
    EQUAL(swap(a, self_ep()), -LU_EINVAL);
    EQUAL(swap(a, 12345), -LU_EDEAD);
    EQUAL(sys_view_grant(a, b), -LU_EBUSY);
    EQUAL(prepare(a), 0);
    EQUAL(prepare(b), 0);
    CHECK(is_parked(a) && is_parked(b));
    EQUAL(swap(a, b), -LU_EINVAL); /* no report */
    new_ = successor("a.new", info.plan, PLAN_GOOD);
    transfer(a, new_);
    twice[0] = (struct lu_pair){a, new_};
    twice[1] = (struct lu_pair){a, new_};
    EQUAL(sys_upd(twice, 2), -LU_EINVAL);
    twice[1] = (struct lu_pair){b, new_};
    EQUAL(sys_upd(twice, 2), -LU_EINVAL);
    twice[1] = (struct lu_pair){b, a};
    EQUAL(sys_upd(twice, 2), -LU_EINVAL);
    EQUAL(info_of(a).start, LU_START_FRESH); /* all or none */
    puppet_end(new_);
    puppet_end(a);
    puppet_end(b);
}

static void pairs_swap_together(void)
{
    lu_ep a = puppet_new("a"), b = puppet_new("b"), c, d;
    struct puppet_info info = puppet_info(a);
    struct lu_pair pairs[2];

    EQUAL(prepare(a), 0);
    EQUAL(prepare(b), 0);
    CHECK(is_parked(a) && is_parked(b));
    c = successor("c", info.plan, PLAN_GOOD);
    d = successor("d", info.plan, PLAN_CRASH_INIT);
    transfer(a, c);
    transfer(b, d);
    pairs[0] = (struct lu_pair){a, c};
    pairs[1] = (struct lu_pair){b, d};
    EQUAL(sys_upd(pairs, 2), 0);
    EQUAL(sys_unprepare(a), 0);
    EQUAL(sys_unprepare(b), 0);
    EQUAL(wait_death().ep, b);
    CHECK(is_parked(a));
    EQUAL(sys_upd(pairs, 2), 0); /* both back */
    puppet_end(c);
    puppet_end(d);
    EQUAL(sys_unprepare(a), 0);
    EQUAL(sys_unprepare(b), 0);
    EQUAL(order(a, P_COUNT, 0, 0), 1);
    EQUAL(order(b, P_COUNT, 0, 0), 1);
    puppet_end(a);
    puppet_end(b);
}

/* A peer's write into a window of a version whose state is on the move waits. */
static void writes_wait(void)
{
    lu_ep a = puppet_new("a"), b = puppet_new("b"), new_;
    struct puppet_info info = puppet_info(a), binfo = puppet_info(b);
    uint64_t buffer = info.state + offsetof(struct puppet_state, buffer);
    struct lu_grant_copy c = {.granter = a, .local = binfo.scratch + 256, .len = 8, .to_grant = 1};
    int64_t id = order_call(a, LU_SYS_GRANT_NEW, b, buffer, 64, 3);

    c.id = (uint32_t)id;
    EQUAL(sys_proc_write(b, binfo.scratch, &c, sizeof(c)), 0);
    order(b, P_POKE, binfo.scratch + 256, 1234);
    EQUAL(prepare(a), 0);
    CHECK(is_parked(a));
    new_ = successor("a.new", info.plan, PLAN_GOOD);
    transfer(a, new_);
    order_call_async(b, LU_SYS_GRANT_COPY, binfo.scratch, 0, 0, 0);
    CHECK(wait_state(b, LU_RUN_SENDING));
    EQUAL(info_of(b).waits_for, a);
    EQUAL(swap(a, new_), 0);
    EQUAL(sys_unprepare(a), 0);
    CHECK(is_parked(a));
    EQUAL(info_of(b).run_state, LU_RUN_SENDING);
    EQUAL(sys_proc_kill(new_), 0);
    EQUAL(sys_unprepare(a), 0);
    CHECK(wait_state(b, LU_RUN_RECEIVING));
    EQUAL(order(b, P_RESULT, 0, 0), 0);
    EQUAL(order(a, P_PEEK, buffer, 0), 1234);
    puppet_end(a);
    puppet_end(b);
}

static void thousand_swaps(void)
{
    lu_ep a = puppet_new("a");
    struct puppet_info info = puppet_info(a);
    struct lu_kmem_info k = {0};
    uint64_t before, start = sys_clock();

    full_update(a, info.plan);
    EQUAL(sys_kmem_info(&k), 0);
    before = k.free_pages;
    for (int i = 0; i < 1000; i++)
        full_update(a, info.plan);
    EQUAL(sys_kmem_info(&k), 0);
    EQUAL(k.free_pages, before);
    EQUAL(order(a, P_COUNT, 0, 0), 1);
    tap_note("one update of a puppet, us", (sys_clock() - start) / 1001000);
    puppet_end(a);
}

int main(void)
{
    tap_plan(16);
    test_case("park and cancel", park_and_cancel);
    test_case("not ready, then ready", not_ready);
    test_case("interface filter", holds);
    test_case("bad prepare requests are refused", prepare_refuses);
    test_case("a swap keeps the slot", swap_keeps_the_slot);
    test_case("a pending reply moves on", pending_reply_moves_on);
    test_case("failed transfers leave the old version", failed_transfer);
    test_case("hot rollback", roll_back_good);
    test_case("hot rollback of a version that crashed", roll_back_crashed);
    test_case("hot rollback of a version that hangs", roll_back_hanging);
    test_case("hot rollback takes allocations back", roll_back_allocations);
    test_case("bad swaps are refused", upd_refuses);
    test_case("pairs swap together", pairs_swap_together);
    test_case("writes wait for the commit", writes_wait);
    test_case("a thousand swaps leak nothing", thousand_swaps);
    test_case("park and cancel, again", park_and_cancel);
    tap_done();
}
