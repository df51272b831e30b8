/* SPDX-License-Identifier: MIT
 *
 * transaction-test IMAGES CASE: one transaction against a guest that behaves, or
 * misbehaves in the way the case is named after; which rung is used, what the
 * guest is left with, what the journal says.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The guest runs as if nothing had been: no pause, no hold, no snapshot, nothing open. */
static void check_clean(struct bench *b, bool runs_new)
{
    struct fake_seen seen;
    json_t *info;

    fake_seen(b->fake, &seen);
    CHECK(fake_runs_new(b->fake) == runs_new);
    CHECK(!seen.paused && !seen.net_on && !seen.net_armed && seen.snapshots == 0);
    info = bench_call(b, "agent.info", NULL);
    CHECK(json_integer_value(json_object_get(info, "open_transactions")) == 0);
    json_decref(info);
}

/* Applies, checks the outcome and the rung, and that the journal keeps the same report. */
static json_t *apply_expecting(struct bench *b, const char *inside, const char *after,
                               const char *outcome, const char *rung)
{
    json_t *report = bench_apply(b, inside, after), *kept;

    CHECK_TEXT(text_of(report, "outcome"), outcome);
    CHECK_TEXT(text_of(report, "rung"), rung);
    CHECK(b->progress > 0);
    kept =
        bench_call(b, "history.report", json_pack("{s:O}", "txn", json_object_get(report, "txn")));
    CHECK(json_equal(kept, report));
    json_decref(kept);
    return report;
}

static bool has_step(json_t *report, const char *step)
{
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(report, "steps"), i,
                       item) if (strcmp(text_of(item, "step"), step) == 0) return true;
    return false;
}

static void committed(struct bench *b)
{
    json_t *report =
        apply_expecting(b, "<state-filter>num_pending_writes == 0</state-filter>",
                        "<expect outcome=\"committed\" rung=\"none\"/>", "committed", "none");
    json_t *c = json_array_get(json_object_get(report, "components"), 0);
    static const char *const steps[] = {"validate", "plan",     "stage",  "prepare",
                                        "snapshot", "metadata", "trace",  "transfer",
                                        "init",     "check",    "commit", "cleanup"};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        CHECK(has_step(report, steps[i]));
    CHECK(json_is_true(json_object_get(report, "expected_outcome_met")));
    CHECK(json_integer_value(json_object_get(c, "objects")) == 7);
    CHECK(strcmp(text_of(c, "old_build_id"), text_of(c, "new_build_id")) != 0);
    json_decref(report);
    check_clean(b, true);
}

static void prepare_fails(struct bench *b)
{
    json_t *report;

    fake_set_fault(b->fake, FAKE_PREPARE_FAILS);
    report = apply_expecting(b, "", "", "undone", "cancel");
    CHECK_TEXT(text_of(report, "path"), "my_s.u");
    CHECK_TEXT(text_of(report, "component"), "net");
    CHECK_TEXT(text_of(report, "step"), "prepare");
    json_decref(report);
    check_clean(b, false);
}

static void prepare_never(struct bench *b)
{
    struct fake_seen seen;
    json_t *report;

    fake_set_fault(b->fake, FAKE_PREPARE_NEVER);
    report = apply_expecting(b, "", "<deadlines prepare=\"100\"/>", "undone", "cancel");
    json_decref(report);
    fake_seen(b->fake, &seen);
    CHECK(seen.undos == 1 && seen.leases > 0);
    check_clean(b, false);
}

/* Nothing was saved yet: all depends on the guest's own undo, and it gets the time for it. */
static void prepare_stalls(struct bench *b)
{
    json_t *report;

    fake_set_fault(b->fake, FAKE_PREPARE_STALLS);
    report = apply_expecting(b, "", "", "undone", "cancel");
    CHECK(strstr(text_of(report, "reason"), "fell silent"));
    json_decref(report);
    check_clean(b, false);
}

static void prepare_panics(struct bench *b)
{
    json_t *report;

    fake_set_fault(b->fake, FAKE_PREPARE_PANICS);
    report = apply_expecting(b, "", "", "not-undone", "none");
    CHECK(strstr(text_of(report, "reason"), "made to panic"));
    CHECK(json_real_value(json_object_get(report, "ms")) < 3000); /* nobody waits for the dead */
    json_decref(report);
    check_clean(b, false);
}

static uint64_t address_in(struct bench *b, const char *file, const char *name)
{
    char path[512];
    struct st_image *image;
    const struct lu_global *global;
    uint64_t addr;

    snprintf(path, sizeof(path), "%s/%s", b->images, file);
    CHECK(st_image_open(&image, path, NULL) == 0);
    global = st_desc_global(st_image_desc(image), name, NULL, NULL);
    CHECK(global);
    addr = global->addr;
    st_image_close(image);
    return addr;
}

static uint64_t address_of(struct bench *b, const char *name)
{
    return address_in(b, "net.elf", name);
}

/* The guest says it is ready; the agent looks for itself. */
static void filter_lie(struct bench *b)
{
    uint32_t five = 5;
    json_t *report;

    fake_poke(b->fake, address_of(b, "num_pending_writes"), &five, sizeof(five));
    report = apply_expecting(b, "<state-filter>num_pending_writes == 0</state-filter>", "",
                             "undone", "cancel");
    CHECK_TEXT(text_of(report, "step"), "snapshot");
    CHECK(strstr(text_of(report, "reason"), "frozen memory"));
    json_decref(report);
    check_clean(b, false);
}

/* What the old version calls broken is not carried over. */
static void invariant_old(struct bench *b)
{
    uint32_t five = 5;
    struct fake_seen seen;
    json_t *report;

    fake_poke(b->fake, address_of(b, "num_pending_writes"), &five, sizeof(five));
    report = apply_expecting(b, "", "", "undone", "cancel");
    CHECK_TEXT(text_of(report, "step"), "snapshot");
    CHECK_TEXT(text_of(report, "component"), "net");
    CHECK_TEXT(text_of(report, "path"), "pending_writes");
    CHECK(strstr(text_of(report, "reason"), "before the update already: invariant (iface.c:"));
    CHECK(strstr(text_of(report, "reason"), "num_pending_writes == count("));
    json_decref(report);
    fake_seen(b->fake, &seen);
    CHECK(seen.proceeds == 0);
    check_clean(b, false);
}

/* The guest says that all is well; its memory says otherwise. */
static void invariant_new(struct bench *b)
{
    uint32_t five = 5;
    json_t *report;

    fake_poke_new(b->fake, address_in(b, "net-v2.elf", "num_pending_writes"), &five, sizeof(five));
    report = apply_expecting(b, "", "", "undone", "hot rollback");
    CHECK_TEXT(text_of(report, "step"), "check");
    CHECK_TEXT(text_of(report, "component"), "net");
    CHECK_TEXT(text_of(report, "path"), "pending_writes");
    CHECK(strstr(text_of(report, "reason"), "check of the new state: invariant (iface.c:"));
    json_decref(report);
    check_clean(b, false);
}

/* A pointer in the new state that leads nowhere. */
static void audit_fails(struct bench *b)
{
    uint64_t nowhere = 0x2badd00d;
    json_t *report;

    fake_poke_new(b->fake, address_in(b, "net-v2.elf", "netif_list"), &nowhere, sizeof(nowhere));
    report = apply_expecting(b, "", "", "undone", "hot rollback");
    CHECK_TEXT(text_of(report, "step"), "check");
    CHECK_TEXT(text_of(report, "path"), "netif_list");
    CHECK(strstr(text_of(report, "reason"), "audit of the new state: 0x2badd00d points to"));
    json_decref(report);
    check_clean(b, false);
}

static void transfer_fails(struct bench *b)
{
    json_t *report;

    fake_set_fault(b->fake, FAKE_TRANSFER_FAILS);
    report = apply_expecting(b, "", "<expect outcome=\"committed\"/>", "undone", "hot rollback");
    CHECK(json_is_false(json_object_get(report, "expected_outcome_met")));
    CHECK_TEXT(text_of(report, "reason"), "made to fail");
    json_decref(report);
    check_clean(b, false);
}

static void restored(struct bench *b, enum fake_fault fault)
{
    struct fake_seen before, after;
    uint64_t sum = fake_memory_sum(b->fake);

    fake_set_fault(b->fake, fault);
    fake_seen(b->fake, &before);
    json_decref(apply_expecting(b, "", "", "undone", "restore"));
    fake_seen(b->fake, &after);
    CHECK(after.restores == 1);
    CHECK(fake_memory_sum(b->fake) == sum);
    check_clean(b, false);
    fake_set_fault(b->fake, FAKE_GOOD); /* and it can be updated again */
    json_decref(apply_expecting(b, "", "", "committed", "none"));
}

static void transfer_hangs(struct bench *b)
{
    restored(b, FAKE_TRANSFER_HANGS);
}

static void transfer_panics(struct bench *b)
{
    restored(b, FAKE_TRANSFER_PANICS);
}

static void transfer_resets(struct bench *b)
{
    restored(b, FAKE_TRANSFER_RESETS);
}

static void undo_lies(struct bench *b)
{
    restored(b, FAKE_UNDO_LIES);
}

static void commit_never(struct bench *b)
{
    restored(b, FAKE_COMMIT_NEVER);
}

static void init_lies(struct bench *b)
{
    json_t *report;

    fake_set_fault(b->fake, FAKE_INIT_LIES);
    report = apply_expecting(b, "", "", "undone", "cancel");
    CHECK_TEXT(text_of(report, "step"), "check");
    json_decref(report);
    check_clean(b, false);
}

static void restore_deaf(struct bench *b)
{
    uint64_t sum = fake_memory_sum(b->fake);

    fake_set_fault(b->fake, FAKE_RESTORE_DEAF);
    json_decref(apply_expecting(b, "", "", "not-undone", "none"));
    CHECK(fake_memory_sum(b->fake) == sum);
    check_clean(b, false);
}

static void restore_first(struct bench *b)
{
    struct fake_seen seen;

    fake_set_fault(b->fake, FAKE_TRANSFER_FAILS);
    json_decref(apply_expecting(b, "", "<undo from=\"restore\"/>", "undone", "restore"));
    fake_seen(b->fake, &seen);
    CHECK(seen.undos == 0 && seen.restores == 1);
    check_clean(b, false);
}

static void garbage(struct bench *b)
{
    json_t *info;

    fake_set_fault(b->fake, FAKE_GARBAGE);
    json_decref(apply_expecting(b, "", "", "committed", "none"));
    check_clean(b, true);
    fake_set_fault(b->fake, FAKE_GOOD);
    do { /* the count is published when the worker is idle again */
        info = bench_call(b, "guest.info", json_pack("{s:s}", "name", "g"));
        CHECK_TEXT(text_of(info, "state"), "running");
        if (json_integer_value(json_object_get(info, "frames_dropped")) > 10)
            break;
        json_decref(info);
    } while (true);
    json_decref(info);
}

/* Three frames each way while the output is held. */
static void send_three(struct bench *b)
{
    for (int i = 0; i < 3; i++) {
        char out[8] = "out 0", in[8] = "in 0";

        out[4] = in[3] = (char)('0' + i);
        fake_net_send(b->fake, out, 5);
        fake_net_deliver(b->fake, in, 4);
    }
}

static bool at_metadata(const char *step, const char *text)
{
    return strcmp(step, "metadata") == 0 && strcmp(text, "begins") == 0;
}

static void send_and_go(struct bench *b, const char *step, const char *text)
{
    if (!at_metadata(step, text))
        return;
    send_three(b);
    fake_go(b->fake);
}

static void send_only(struct bench *b, const char *step, const char *text)
{
    if (at_metadata(step, text))
        send_three(b);
}

static void expect_frames(const uint8_t *buf, size_t n, const char *word, size_t len)
{
    CHECK(n == 3 * (4 + len));
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *frame = buf + i * (4 + len);

        CHECK(frame[3] == len);
        CHECK(memcmp(frame + 4, word, len - 1) == 0 && frame[4 + len - 1] == '0' + i);
    }
}

static void hold_released(struct bench *b)
{
    uint8_t buf[4096];
    json_t *report;

    fake_set_fault(b->fake, FAKE_WAITS);
    b->on_progress = send_and_go;
    report = apply_expecting(b, "", "", "committed", "none");
    CHECK(json_integer_value(json_object_get(report, "held_frames")) == 3);
    json_decref(report);
    expect_frames(buf, fake_net_sent(b->fake, buf, sizeof(buf)), "out 0", 5);
    CHECK(fake_net_replayed(b->fake, buf, sizeof(buf)) == 0);
}

static void hold_discarded(struct bench *b)
{
    uint8_t buf[4096];

    fake_set_fault(b->fake, FAKE_TRANSFER_HANGS);
    b->on_progress = send_only;
    json_decref(apply_expecting(b, "", "", "undone", "restore"));
    CHECK(fake_net_sent(b->fake, buf, sizeof(buf)) == 0);
    expect_frames(buf, fake_net_replayed(b->fake, buf, sizeof(buf)), "in 0", 4);
}

static void hold_overflows(struct bench *b)
{
    json_t *report;

    fake_set_fault(b->fake, FAKE_FLOOD);
    report = apply_expecting(b, "", "", "undone", "hot rollback");
    CHECK(strstr(text_of(report, "reason"), "held"));
    json_decref(report);
    check_clean(b, false);
}

static void refused_without_touching(struct bench *b, const char *xml, const char *reason)
{
    json_t *report = bench_call(b, "scenario.apply",
                                json_pack("{s:s, s:s, s:s, s:s}", "guest", "g", "xml", xml, "file",
                                          "bad.xml", "base_dir", b->dir));
    struct fake_seen seen;

    CHECK(report);
    CHECK_TEXT(text_of(report, "outcome"), "refused");
    CHECK_TEXT(text_of(report, "rung"), "refuse");
    CHECK(strncmp(text_of(report, "where"), "bad.xml:", 8) == 0);
    if (!strstr(text_of(report, "reason"), reason))
        fprintf(stderr, "reason: %s\n", text_of(report, "reason"));
    CHECK(strstr(text_of(report, "reason"), reason));
    json_decref(report);
    fake_seen(b->fake, &seen);
    CHECK(seen.stages == 0);
    check_clean(b, false);
}

static void write_text(struct bench *b, const char *name, const char *text)
{
    char path[256];
    FILE *f;

    bench_path(b, path, sizeof(path), name);
    f = fopen(path, "we");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void refusals(struct bench *b)
{
    write_text(b, "text.elf", "this is no ELF file");
    refused_without_touching(b,
                             "<scenario name=\"a\"><component name=\"net\" image=\"text.elf\"/>"
                             "</scenario>",
                             "ELF");
    refused_without_touching(b,
                             "<scenario name=\"a\"><component name=\"net\" image=\"none.elf\"/>"
                             "</scenario>",
                             "none.elf");
    refused_without_touching(b,
                             "<scenario name=\"a\"><component name=\"net\" image=\"echo.elf\"/>"
                             "</scenario>",
                             "holds component 'echo'");
    refused_without_touching(b,
                             "<scenario name=\"a\"><component name=\"echo\" image=\"echo.elf\"/>"
                             "</scenario>",
                             "no component 'echo'");
    refused_without_touching(b,
                             "<scenario name=\"a\"><component name=\"net\" image=\"net-v2.elf\">"
                             "<state-filter>no_such == 0</state-filter></component></scenario>",
                             "no_such");
    CHECK(!bench_call(b, "scenario.apply", json_pack("{s:s, s:s}", "guest", "g", "xml", "<x/>")));
    CHECK_TEXT(b->fault.kind, "refused");
    CHECK(b->fault.where[0]);
}

static const struct {
    const char *name;
    void (*run)(struct bench *b);
    size_t hold_limit;
} cases[] = {
    {"committed", committed, 0},
    {"prepare-fails", prepare_fails, 0},
    {"prepare-never", prepare_never, 0},
    {"prepare-stalls", prepare_stalls, 0},
    {"prepare-panics", prepare_panics, 0},
    {"filter-lie", filter_lie, 0},
    {"invariant-old", invariant_old, 0},
    {"invariant-new", invariant_new, 0},
    {"audit-fails", audit_fails, 0},
    {"transfer-fails", transfer_fails, 0},
    {"transfer-hangs", transfer_hangs, 0},
    {"transfer-panics", transfer_panics, 0},
    {"transfer-resets", transfer_resets, 0},
    {"undo-lies", undo_lies, 0},
    {"init-lies", init_lies, 0},
    {"commit-never", commit_never, 0},
    {"restore-deaf", restore_deaf, 0},
    {"restore-first", restore_first, 0},
    {"garbage", garbage, 0},
    {"hold-released", hold_released, 0},
    {"hold-discarded", hold_discarded, 0},
    {"hold-overflows", hold_overflows, 100000},
    {"refusals", refusals, 0},
};

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench b = {.hold_limit = cases[i].hold_limit};

        if (strcmp(argv[2], cases[i].name) != 0)
            continue;
        bench_open(&b, argv[1]);
        cases[i].run(&b);
        bench_close(&b);
        return 0;
    }
    fprintf(stderr, "no case '%s'\n", argv[2]);
    return 1;
}
