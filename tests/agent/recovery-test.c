/* SPDX-License-Identifier: MIT
 *
 * recovery-test IMAGES CASE: what a new agent makes of a transaction that a dead
 * one left open.  The journal is written as the dead agent would have, the
 * guest stands where it would stand.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "core/journal.h"

#define TXN 1

struct left {
    enum lu_step step;
    bool touched, saved, decided, restoring;
};

static void build_id(struct bench *b, const char *file, char *hex)
{
    struct st_image *image;
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", b->images, file);
    CHECK(st_image_open(&image, path, NULL) == 0);
    hva_hex(st_image_build_id(image), LU_BUILD_ID_SIZE, hex);
    st_image_close(image);
}

/* Writes the journal of a dead agent; the agent of the bench must not run. */
static void leave_open(struct bench *b, const struct left *l)
{
    char path[256], old_hex[64], new_hex[64];
    struct hva_journal *j;
    json_t *state;
    uint64_t txn;

    build_id(b, "net.elf", old_hex);
    build_id(b, "net-v2.elf", new_hex);
    bench_path(b, path, sizeof(path), "journal.db");
    CHECK(hva_journal_open(path, &j, &b->err) == 0);
    CHECK(hva_journal_txn_begin(j, "g", "left", hva_wall_ns(), &txn, &b->err) == 0);
    CHECK(txn == TXN);
    CHECK(hva_journal_txn_step(j, txn, l->step, hva_wall_ns(), &b->err) == 0);
    state = json_pack("{s:b, s:b, s:b, s:b, s:I, s:[{s:s, s:s, s:s}]}", "touched", l->touched,
                      "saved", l->saved, "decided", l->decided, "restoring", l->restoring,
                      "saved_ns", (json_int_t)hva_now_ns(), "components", "name", "net", "old",
                      old_hex, "new", new_hex);
    CHECK(hva_journal_txn_state(j, txn, state, &b->err) == 0);
    json_decref(state);
    hva_journal_close(j);
}

/* As the dead agent's snapshot step. */
static void take_snapshot(struct bench *b)
{
    char path[256];

    bench_path(b, path, sizeof(path), "guests/g/txn.ram");
    fake_snapshot(b->fake, "txn", path);
}

/* The settled report, once the new agent is done. */
static json_t *settled(struct bench *b)
{
    for (;;) {
        json_t *report = bench_call(b, "history.report", json_pack("{s:i}", "txn", TXN));

        CHECK(report);
        if (strcmp(text_of(report, "outcome"), "open") != 0)
            return report;
        json_decref(report);
    }
}

static void expect_settled(struct bench *b, const char *outcome, const char *rung, bool runs_new)
{
    json_t *report = settled(b), *list;
    struct fake_seen seen;

    CHECK_TEXT(text_of(report, "outcome"), outcome);
    CHECK_TEXT(text_of(report, "rung"), rung);
    CHECK_TEXT(text_of(report, "scenario"), "left");
    json_decref(report);
    fake_seen(b->fake, &seen);
    CHECK(fake_runs_new(b->fake) == runs_new);
    CHECK(!seen.paused && !seen.net_on && seen.snapshots == 0);
    CHECK(fake_open_txn(b->fake) == 0);
    list = bench_call(b, "history.list", json_pack("{s:s}", "guest", "g"));
    CHECK(json_array_size(json_object_get(list, "transactions")) == 1);
    json_decref(list);
}

static void before_stage(struct bench *b)
{
    leave_open(b, &(struct left){.step = LU_STEP_PLAN});
    bench_start_agent(b);
    expect_settled(b, "refused", "refuse", false);
}

static void in_prepare(struct bench *b)
{
    leave_open(b, &(struct left){.step = LU_STEP_PREPARE, .touched = true});
    fake_stand(b->fake, TXN, false);
    bench_start_agent(b);
    expect_settled(b, "undone", "cancel", false);
}

static void in_snapshot(struct bench *b) /* the vCPU stands still */
{
    leave_open(b, &(struct left){.step = LU_STEP_SNAPSHOT, .touched = true});
    fake_stand(b->fake, TXN, false);
    fake_pause(b->fake);
    bench_start_agent(b);
    expect_settled(b, "undone", "cancel", false);
}

static void in_check(struct bench *b)
{
    leave_open(b, &(struct left){.step = LU_STEP_CHECK, .touched = true, .saved = true});
    take_snapshot(b);
    fake_stand(b->fake, TXN, true);
    bench_start_agent(b);
    expect_settled(b, "undone", "hot rollback", false);
}

static void decided(struct bench *b)
{
    leave_open(
        b, &(struct left){.step = LU_STEP_COMMIT, .touched = true, .saved = true, .decided = true});
    take_snapshot(b);
    fake_stand(b->fake, TXN, true);
    bench_start_agent(b);
    expect_settled(b, "committed", "none", true);
}

static void committed_alone(struct bench *b)
{
    leave_open(
        b, &(struct left){.step = LU_STEP_COMMIT, .touched = true, .saved = true, .decided = true});
    take_snapshot(b);
    fake_stand(b->fake, TXN, true);
    fake_settled(b->fake, TXN, 1, LU_RUNG_NONE);
    bench_start_agent(b);
    expect_settled(b, "committed", "none", true);
}

/* Its lease ran out although the agent had decided to commit. */
static void undone_alone(struct bench *b)
{
    leave_open(
        b, &(struct left){.step = LU_STEP_COMMIT, .touched = true, .saved = true, .decided = true});
    take_snapshot(b);
    fake_settled(b->fake, TXN, 2, LU_RUNG_ROLLBACK);
    bench_start_agent(b);
    expect_settled(b, "undone", "hot rollback", false);
}

static void hung(struct bench *b)
{
    uint64_t sum = fake_memory_sum(b->fake);

    leave_open(b, &(struct left){.step = LU_STEP_TRANSFER, .touched = true, .saved = true});
    fake_stand(b->fake, TXN, false);
    take_snapshot(b);
    fake_hang(b->fake);
    CHECK(fake_memory_sum(b->fake) != sum);
    bench_start_agent(b);
    expect_settled(b, "undone", "restore", false);
    CHECK(fake_memory_sum(b->fake) == sum);
}

/* It died while it wrote the old memory back. */
static void half_restored(struct bench *b)
{
    uint64_t sum = fake_memory_sum(b->fake);
    struct fake_seen seen;

    leave_open(b, &(struct left){
                      .step = LU_STEP_TRANSFER, .touched = true, .saved = true, .restoring = true});
    fake_stand(b->fake, TXN, false);
    take_snapshot(b);
    fake_hang(b->fake);
    fake_pause(b->fake);
    bench_start_agent(b);
    expect_settled(b, "undone", "restore", false);
    CHECK(fake_memory_sum(b->fake) == sum);
    fake_seen(b->fake, &seen);
    CHECK(seen.undos == 0 && seen.restores == 1); /* what it is now is not to be asked */
}

static void guest_gone(struct bench *b)
{
    json_t *report, *list;

    leave_open(b, &(struct left){.step = LU_STEP_TRANSFER, .touched = true, .saved = true});
    fake_end(b->fake);
    bench_start_agent(b);
    report = settled(b);
    CHECK_TEXT(text_of(report, "outcome"), "not-undone");
    json_decref(report);
    list = bench_call(b, "guest.list", NULL);
    CHECK(json_array_size(json_object_get(list, "guests")) == 0);
    json_decref(list);
}

static const struct {
    const char *name;
    void (*run)(struct bench *b);
} cases[] = {
    {"before-stage", before_stage},
    {"in-prepare", in_prepare},
    {"in-snapshot", in_snapshot},
    {"in-check", in_check},
    {"decided", decided},
    {"committed-alone", committed_alone},
    {"undone-alone", undone_alone},
    {"hung", hung},
    {"half-restored", half_restored},
    {"guest-gone", guest_gone},
};

int main(int argc, char **argv)
{
    struct bench b = {0};

    CHECK(argc == 3);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (strcmp(argv[2], cases[i].name) != 0)
            continue;
        bench_open(&b, argv[1]);
        bench_stop_agent(&b);
        cases[i].run(&b);
        bench_close(&b);
        return 0;
    }
    fprintf(stderr, "no case '%s'\n", argv[2]);
    return 1;
}
