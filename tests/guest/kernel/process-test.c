/* SPDX-License-Identifier: MIT
 *
 * Faults, restart, scheduling, the supervisor's calls.
 */
#include "world.h"

int main(void);

static void faults_kill_only_the_component(void)
{
    /* a non-canonical stack is #SS (12); QEMU's TCG raises #GP */
    static const uint8_t vectors[FAULT_COUNT] = {14, 14, 14, 14, 14, 0, 6, 13, 13, 13, 13, 12, 1};
    lu_ep other = puppet_new("b");

    for (uint64_t kind = 0; kind < FAULT_COUNT; kind++) {
        lu_ep a = puppet_new("a");
        struct lu_exit e;

        EQUAL(order(a, P_FAULT, kind, 0), -LU_EDEAD);
        e = wait_death();
        EQUAL(e.ep, a);
        EQUAL(e.reason, LU_EXIT_FAULT);
        CHECK(e.vector == vectors[kind] || (kind == FAULT_STACK && e.vector == 13));
        CHECK(!memcmp(e.name, "a", 2));
        if (kind == FAULT_KERNEL_READ)
            EQUAL(e.addr, 0xffffffff80100000ull);
        EQUAL(order(other, P_COUNT, 0, 0), kind + 1);
        puppet_end(a);
    }
    puppet_end(other);
}

static void exit_and_kill(void)
{
    lu_ep a = puppet_new("a");
    struct lu_exit e;

    EQUAL(order_call(a, LU_SYS_EXIT, 42, 0, 0, 0), -LU_EDEAD);
    e = wait_death();
    EQUAL(e.reason, LU_EXIT_CODE);
    EQUAL(e.code, 42);
    EQUAL(e.text[0], 0);
    EQUAL(sys_proc_wait(&e), -LU_EAGAIN);
    EQUAL(info_of(a).run_state, LU_RUN_DEAD);
    EQUAL(sys_proc_kill(a), 0);
    EQUAL(sys_proc_wait(&e), -LU_EAGAIN); /* burying is no second death */
    a = puppet_new("a");
    EQUAL(sys_proc_kill(a), 0);
    e = wait_death();
    EQUAL(e.reason, LU_EXIT_KILLED);
    EQUAL(e.ep, a);
}

/* Last words: as long as they may be, from the puppet's own code, and from nowhere. */
static void last_words(void)
{
    static const uint64_t windows[][2] = {
        {LU_VA_IMAGE, LU_EXIT_TEXT * 2}, {LU_VA_IMAGE, 1}, {16, 5}, {~0ull, 5}, {0, ~0ull}};

    for (unsigned i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        lu_ep a = puppet_new("a");
        struct lu_exit e;
        uint64_t n = 0;

        EQUAL(order_call(a, LU_SYS_EXIT, 1, windows[i][0], windows[i][1], 0), -LU_EDEAD);
        e = wait_death();
        EQUAL(e.reason, LU_EXIT_CODE);
        while (n < sizeof(e.text) && e.text[n] >= ' ' && e.text[n] <= '~')
            n++;
        CHECK(n <= windows[i][1] && n < sizeof(e.text));
        EQUAL(e.text[n], 0);
        CHECK(i < 2 || n == 0);
        EQUAL(sys_proc_kill(a), 0);
    }
}

static void restart(void)
{
    struct lu_rights r = puppet_rights();
    lu_ep a, b = puppet_new("b");
    long again;

    r.restart = 1;
    a = puppet_create("a", &r);
    EQUAL(puppet_start(a, LU_START_FRESH), 0);
    order(b, P_NOTES, 0, 0);
    EQUAL(sys_proc_restart(a), -LU_EBUSY);
    EQUAL(order(a, P_FAULT, FAULT_ILLEGAL, 0), -LU_EDEAD);
    (void)wait_death();
    EQUAL(sys_lookup("a"), -LU_ENOENT);
    again = sys_proc_restart(a);
    EQUAL(LU_EP_SLOT(again), LU_EP_SLOT(a));
    EQUAL(LU_EP_GEN(again), LU_EP_GEN(a) + 1);
    EQUAL(order(b, P_NOTES, 0, 0), LU_NOTE_PEER);
    EQUAL(info_of((lu_ep)again).run_state, LU_RUN_STOPPED);
    EQUAL(sys_proc_restart(a), -LU_EDEAD);
    EQUAL(puppet_load((lu_ep)again), 0);
    EQUAL(puppet_start((lu_ep)again, LU_START_RESTART), 0);
    EQUAL(sys_lookup("a"), again);
    EQUAL(order((lu_ep)again, P_COUNT, 0, 0), 1);
    EQUAL(puppet_info((lu_ep)again).start, LU_START_RESTART);
    EQUAL(sys_proc_kill((lu_ep)again), 0); /* a restart slot stays */
    EQUAL(info_of((lu_ep)again).run_state, LU_RUN_DEAD);
    r.restart = 0;
    EQUAL(sys_proc_rights((lu_ep)again, &r), 0);
    puppet_end((lu_ep)again);
    puppet_end(b);
}

struct spinner {
    lu_ep ep;
    uint32_t grant;
};

static struct spinner spinner_new(const char *name, uint32_t priority, uint64_t value)
{
    struct lu_rights r = puppet_rights();
    struct spinner s;
    struct lu_self self = {0};
    struct puppet_info info;

    r.priority = priority;
    s.ep = puppet_create(name, &r);
    EQUAL(puppet_start(s.ep, LU_START_FRESH), 0);
    EQUAL(sys_self(&self), 0);
    info = puppet_info(s.ep);
    s.grant = (uint32_t)order_call(s.ep, LU_SYS_GRANT_NEW, self.ep, info.state,
                                   sizeof(struct puppet_state), LU_GRANT_READ);
    order_async(s.ep, P_SPIN, value, 0);
    return s;
}

static uint64_t spins_of(struct spinner s)
{
    uint64_t n = 0;

    EQUAL(sys_grant_read(s.ep, s.grant, offsetof(struct puppet_state, spins), &n, sizeof(n)), 0);
    return n;
}

static void preemption(void)
{
    struct spinner low = spinner_new("a", 7, 1);
    lu_ep high = puppet_new("b");

    for (int i = 0; i < 20; i++) { /* it spins, everybody above works on */
        sleep_ms(1);
        EQUAL(order(high, P_COUNT, 0, 0), i + 1);
    }
    CHECK(spins_of(low) > 0);
    EQUAL(info_of(low.ep).run_state, LU_RUN_READY);
    puppet_end(low.ep);
    puppet_end(high);
}

/* Two of one priority share the time; each finds its vector registers as they
 * were (a spinner faults if not). */
static void round_robin(void)
{
    struct spinner a = spinner_new("a", 6, 0x1111222233334444), b = spinner_new("b", 6, ~0ull);
    uint64_t na, nb;

    sleep_ms(150);
    na = spins_of(a);
    nb = spins_of(b);
    CHECK(na > 0 && nb > 0);
    CHECK(na < nb * 8 && nb < na * 8);
    EQUAL(info_of(a.ep).run_state, LU_RUN_READY);
    EQUAL(info_of(b.ep).run_state, LU_RUN_READY);
    puppet_end(a.ep);
    puppet_end(b.ep);
}

static void priorities(void)
{
    struct spinner b = spinner_new("b", 7, 8), a = spinner_new("a", 5, 7);
    struct lu_rights r = puppet_rights();
    uint64_t before;

    sleep_ms(20);
    before = spins_of(b);
    sleep_ms(40);
    EQUAL(spins_of(b), before); /* starved, as its priority says */
    CHECK(spins_of(a) > 0);
    r.priority = 4;
    EQUAL(sys_proc_rights(b.ep, &r), 0);
    before = spins_of(a);
    sleep_ms(40);
    CHECK(spins_of(b) > 0);
    EQUAL(spins_of(a), before);
    puppet_end(a.ep);
    puppet_end(b.ep);
}

/* A message to somebody more urgent is handled before send returns. */
static void urgent_receiver_runs_first(void)
{
    struct lu_rights r = puppet_rights();
    lu_ep a;

    r.priority = 0;
    a = puppet_create("a", &r);
    EQUAL(puppet_start(a, LU_START_FRESH), 0);
    for (unsigned i = 1; i <= PUPPET_LOG; i++) {
        struct lu_msg m = {.type = P_NOTE_DOWN};

        EQUAL(sys_post(a, &m), 0);
        EQUAL(info_of(a).queued, 0);
    }
    puppet_end(a);
}

static void alarms(void)
{
    uint64_t start = sys_clock(), seen;

    EQUAL(sys_alarm(start + 30000000), 0);
    seen = wait_note(LU_NOTE_ALARM);
    EQUAL(seen & LU_NOTE_ALARM, LU_NOTE_ALARM);
    CHECK(sys_clock() >= start + 30000000);
    EQUAL(sys_alarm(sys_clock() + 20000000), 0);
    EQUAL(sys_alarm(0), 0);
    sleep_ms(40); /* its own alarm; the cancelled one must not come early */
    CHECK(sys_clock() >= start + 70000000);
    EQUAL(sys_alarm(1), 0); /* long ago */
    wait_note(LU_NOTE_ALARM);
    start = sys_clock();
    EQUAL(sys_clock_set(start - 1), -LU_EINVAL);
    EQUAL(sys_clock_set(start + 5000000000), 0);
    CHECK(sys_clock() >= start + 5000000000);
    CHECK(sys_clock() < start + 10000000000);
}

static void slots_run_out(void)
{
    struct lu_rights r = puppet_rights();
    lu_ep eps[LU_MAX_SLOTS];
    unsigned n = 0;
    char name[LU_NAME_MAX] = "a";
    long ep;

    for (; n < LU_MAX_SLOTS; n++) {
        name[1] = (char)('0' + n);
        ep = sys_proc_create(name, &r);
        if (ep < 0)
            break;
        eps[n] = (lu_ep)ep;
    }
    EQUAL(n, LU_MAX_SLOTS - 1); /* all but ours */
    EQUAL(ep, -LU_ENOSPC);
    while (n-- > 0)
        puppet_end(eps[n]);
}

static void create_refuses(void)
{
    struct lu_rights r = puppet_rights();
    char name[LU_NAME_MAX] = "a";
    lu_ep a = puppet_create("a", &r);
    uint8_t id[LU_BUILD_ID_SIZE] = {0};

    EQUAL(sys_proc_create(name, &r), -LU_EEXIST);
    name[0] = 0;
    EQUAL(sys_proc_create(name, &r), -LU_EINVAL);
    memset(name, 'x', sizeof(name));
    EQUAL(sys_proc_create(name, &r), -LU_EINVAL); /* no NUL */
    name[3] = 0;
    EQUAL(sys_proc_create(name, (struct lu_rights *)8), -LU_EFAULT);
    r.priority = 8;
    EQUAL(sys_proc_create(name, &r), -LU_EINVAL);
    r.priority = 1, r.n_ranges = 13;
    EQUAL(sys_proc_create(name, &r), -LU_EINVAL);
    r.n_ranges = 0, r.flags = 1u << 31;
    EQUAL(sys_proc_create(name, &r), -LU_EINVAL);
    EQUAL(sys_proc_start(a, 0, 0, id), -LU_EINVAL);
    EQUAL(sys_proc_start(a, 0xffffffff80101000ull, 0, id), -LU_EINVAL);
    EQUAL(sys_proc_start(a, LU_VA_IMAGE, 3, id), -LU_EINVAL);
    EQUAL(sys_proc_start(a, LU_VA_IMAGE, 0, NULL), -LU_EFAULT);
    EQUAL(sys_proc_map(a, LU_VA_IMAGE, 4096, 1), -LU_EEXIST);
    EQUAL(sys_proc_map(a, LU_VA_DMA, 4096, 1), -LU_EINVAL);
    EQUAL(sys_proc_write(a, LU_VA_HEAP, id, 1), -LU_EFAULT);
    EQUAL(sys_proc_kill(sys_lookup("update")), -LU_EINVAL);
    EQUAL(puppet_start(a, LU_START_FRESH), 0);
    EQUAL(puppet_start(a, LU_START_FRESH), -LU_EBUSY);
    EQUAL(sys_proc_map(a, LU_VA_HEAP, 4096, 1), -LU_EBUSY);
    EQUAL(sys_proc_write(a, LU_VA_IMAGE, id, 1), -LU_EFAULT); /* runs: read-only pages stay so */
    puppet_end(a);
}

static void random_numbers(void)
{
    uint8_t a[64], b[64];

    memset(a, 0, sizeof(a));
    EQUAL(sys_random(a, sizeof(a)), 0);
    EQUAL(sys_random(b, sizeof(b)), 0);
    CHECK(memcmp(a, b, sizeof(a)));
    EQUAL(sys_random(a, 257), -LU_EINVAL);
    EQUAL(sys_random((void *)8, 1), -LU_EFAULT);
    EQUAL(sys_entropy(a, sizeof(a)), 0);
    EQUAL(sys_entropy((void *)8, 8), -LU_EFAULT);
}

static void many_lives(void)
{
    for (int i = 0; i < 300; i++) {
        lu_ep a = puppet_new("a");

        if (i % 2)
            EQUAL(order(a, P_COUNT, 0, 0), 1);
        puppet_end(a);
    }
}

int main(void)
{
    tap_plan(13);
    test_case("faults kill only the component", faults_kill_only_the_component);
    test_case("exit and kill", exit_and_kill);
    test_case("last words", last_words);
    test_case("restart", restart);
    test_case("preemption", preemption);
    test_case("round robin", round_robin);
    test_case("priorities", priorities);
    test_case("an urgent receiver runs first", urgent_receiver_runs_first);
    test_case("alarms and the clock", alarms);
    test_case("slots run out", slots_run_out);
    test_case("bad requests are refused", create_refuses);
    test_case("random numbers", random_numbers);
    test_case("many lives leak nothing", many_lives);
    tap_done();
}
