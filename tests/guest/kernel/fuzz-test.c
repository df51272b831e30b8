/* SPDX-License-Identifier: MIT
 *
 * Processes that make random kernel calls.  They may die of it; nothing else
 * may.
 */
#include "world.h"

int main(void);

#define ROUNDS 12
#define CALLS 20000

static struct lu_rights hostile_rights(void)
{
    struct lu_rights r = puppet_rights();

    r.flags = LU_RIGHT_DMA | LU_RIGHT_ARCHIVE;
    r.n_ranges = 3;
    r.ranges[0] = (struct lu_range){.kind = LU_RANGE_PORT, .first = 0x80, .last = 0x80};
    r.ranges[1] = (struct lu_range){.kind = LU_RANGE_MEM, .first = 0xe0000000, .last = 0xefffffff};
    r.ranges[2] = (struct lu_range){.kind = LU_RANGE_IRQ, .first = 3, .last = 15};
    r.restart = 0;
    return r;
}

/* Answers what the fuzzer happens to send us, until it is done or dead. */
static int serve(lu_ep ep, uint64_t calls)
{
    struct lu_msg m = {.type = P_FUZZ, .arg = {sys_clock(), calls}};

    tap_note("seed", m.arg[0]);
    EQUAL(sys_post(ep, &m), 0);
    m = (struct lu_msg){.type = P_RESULT};
    EQUAL(sys_post(ep, &m), 0);
    for (uint64_t end = sys_clock() + 20000000000ull; sys_clock() < end;) {
        struct lu_proc_info i = info_of(ep);

        if (i.run_state == LU_RUN_DEAD)
            return 1;
        if (i.run_state == LU_RUN_RECEIVING && i.queued == 0)
            return 1;
        sys_alarm(sys_clock() + 2000000);
        if (sys_receive_from(LU_EP_ANY, &m, 0) == 0 && (m.flags & LU_MSGF_CALL))
            (void)sys_reply(m.source, &m);
    }
    return 0;
}

static void fuzz(const struct lu_rights *r)
{
    lu_ep victim = puppet_new("b");

    for (int i = 0; i < ROUNDS; i++) {
        lu_ep a = puppet_create("a", r);

        CHECK(a != LU_EP_NONE);
        EQUAL(puppet_start(a, LU_START_FRESH), 0);
        CHECK(serve(a, CALLS));
        EQUAL(sys_alarm(0), 0);
        puppet_end(a);
    }
    if (info_of(victim).run_state == LU_RUN_RECEIVING)
        CHECK(order(victim, P_COUNT, 0, 0) > 0);
    puppet_end(victim);
}

static void without_rights(void)
{
    struct lu_rights r = puppet_rights();

    r.n_peers = 1;
    fuzz(&r);
}

static void with_devices(void)
{
    struct lu_rights r = hostile_rights();

    fuzz(&r);
}

int main(void)
{
    tap_plan(2);
    test_case("fuzzing without rights", without_rights);
    test_case("fuzzing with device rights", with_devices);
    tap_done();
}
