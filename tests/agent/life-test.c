/* SPDX-License-Identifier: MIT
 *
 * life-test IMAGES CASE: guests that come and go at bad moments, agents that do.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "core/journal.h"

static json_t *guest(struct bench *b, const char *method)
{
    return bench_call(b, method, json_pack("{s:s}", "name", "g"));
}

static json_t *force_stop(struct bench *b)
{
    return bench_call(b, "guest.stop", json_pack("{s:s, s:b}", "name", "g", "force", 1));
}

static json_t *snapshot(struct bench *b, const char *method)
{
    return bench_call(b, method, json_pack("{s:s, s:s}", "guest", "g", "name", "one"));
}

static void check_state(struct bench *b, const char *state)
{
    json_t *list = bench_call(b, "guest.list", NULL);
    json_t *item = json_array_get(json_object_get(list, "guests"), 0);

    CHECK_TEXT(text_of(item, "state"), state);
    json_decref(list);
}

static void check_no_guest(struct bench *b)
{
    json_t *list = bench_call(b, "guest.list", NULL);

    CHECK(json_array_size(json_object_get(list, "guests")) == 0);
    json_decref(list);
}

static void check_answer(int fd, int code)
{
    json_t *doc = bench_answer(fd);

    CHECK(json_integer_value(json_object_get(json_object_get(doc, "error"), "code")) == code);
    json_decref(doc);
    close(fd);
}

/* Somebody waits for it to boot, somebody else stops it. */
static void stop_while_starting(struct bench *b)
{
    json_t *info;
    int fd;

    bench_ok(b, guest(b, "guest.stop"));
    fake_set_fault(b->fake, FAKE_MUTE);
    fd = bench_connect(b);
    bench_send(fd, "{\"id\": 1, \"method\": \"guest.start\", \"params\": {\"name\": \"g\"}}\n");
    while (!(info = guest(b, "guest.info")))
        CHECK(b->fault.code == -ENOENT || b->fault.code == -EBUSY);
    CHECK_TEXT(text_of(info, "state"), "starting");
    json_decref(info);
    bench_ok(b, guest(b, "guest.stop"));
    check_answer(fd, -ENODEV);
    check_no_guest(b);
    fake_set_fault(b->fake, FAKE_GOOD);
    bench_ok(b, guest(b, "guest.start"));
}

static void stop_busy(struct bench *b)
{
    int fd = bench_hold_update(b);
    json_t *doc;

    CHECK(!guest(b, "guest.stop") && b->fault.code == -EBUSY);
    bench_ok(b, force_stop(b));
    doc = bench_answer(fd);
    CHECK_TEXT(text_of(json_object_get(doc, "result"), "outcome"), "not-undone");
    json_decref(doc);
    check_no_guest(b);
    close(fd);
}

/* Its virtual machine ended: said so at once, by every method. */
static void lost(struct bench *b)
{
    fake_end(b->fake);
    check_state(b, "lost");
    CHECK(!snapshot(b, "snapshot.take") && b->fault.code == -ENODEV);
    CHECK_TEXT(b->fault.kind, "lost");
    bench_ok(b, guest(b, "guest.stop"));
    check_no_guest(b);
}

/* The agent ends in the middle of an update: it finishes that, and tells who asked. */
static void last_answer(struct bench *b)
{
    int fd = bench_hold_update(b);
    json_t *doc;

    hva_client_close(b->client);
    hva_agent_stop(b->agent);
    pthread_join(b->thread, NULL);
    fake_go(b->fake);
    hva_agent_close(b->agent, false);
    doc = bench_answer(fd);
    CHECK_TEXT(text_of(json_object_get(doc, "result"), "outcome"), "committed");
    json_decref(doc);
    close(fd);
    bench_start_agent(b);
}

static struct hva_journal *journal_of(struct bench *b)
{
    struct hva_journal *j;
    char path[256];

    bench_path(b, path, sizeof(path), "journal.db");
    CHECK(hva_journal_open(path, &j, &b->err) == 0);
    return j;
}

/* The agent died while it started a guest that nobody knows of yet. */
static void half_started(struct bench *b)
{
    struct hva_journal *j;
    struct fake_seen seen;
    json_t *spec;

    bench_stop_agent(b);
    j = journal_of(b);
    spec = json_pack("{s:i, s:s, s:b}", "memory_mib", 32, "accel", "tcg", "starting", 1);
    CHECK(hva_journal_guest_add(j, "g", spec, &b->err) == 0);
    json_decref(spec);
    hva_journal_close(j);
    bench_start_agent(b);
    check_no_guest(b);
    fake_seen(b->fake, &seen);
    CHECK(!seen.alive);
    bench_ok(b, guest(b, "guest.start"));
}

/* A guest that runs is never forgotten, nor what is open in it. */
static void unreachable(struct bench *b)
{
    struct hva_journal *j;
    struct fake_seen seen;
    uint64_t txn;
    json_t *open;

    bench_stop_agent(b);
    j = journal_of(b);
    CHECK(hva_journal_txn_begin(j, "g", "left", 1, &txn, &b->err) == 0);
    hva_journal_close(j);
    fake_set_fault(b->fake, FAKE_UNREACHABLE);
    bench_start_agent(b);
    check_state(b, "lost");
    CHECK(!guest(b, "guest.info") && b->fault.code == -EIO);
    CHECK(!guest(b, "guest.start") && b->fault.code == -EEXIST);
    bench_stop_agent(b);
    j = journal_of(b);
    CHECK(hva_journal_txn_open(j, &open, &b->err) == 0);
    CHECK(json_array_size(open) == 1);
    json_decref(open);
    hva_journal_close(j);
    fake_set_fault(b->fake, FAKE_GOOD);
    bench_start_agent(b);
    fake_seen(b->fake, &seen);
    CHECK(seen.alive);
    bench_ok(b, snapshot(b, "snapshot.take")); /* waits until all is settled */
}

/* Through another driver the guests would seem gone. */
static void other_driver(struct bench *b)
{
    struct fake_seen seen;

    bench_stop_agent(b);
    b->uri = "other:///";
    CHECK(bench_open_agent(b) == -EINVAL);
    CHECK(strstr(b->err.text, "fake:///") && strstr(b->err.text, "other:///"));
    b->uri = "fake:///";
    bench_start_agent(b);
    fake_seen(b->fake, &seen);
    CHECK(seen.alive);
    bench_ok(b, snapshot(b, "snapshot.take"));
}

/* The agent died while it took a snapshot. */
static void left_paused(struct bench *b)
{
    struct fake_seen seen;

    bench_stop_agent(b);
    fake_pause(b->fake);
    bench_start_agent(b);
    bench_ok(b, snapshot(b, "snapshot.take"));
    fake_seen(b->fake, &seen);
    CHECK(!seen.paused);
}

/* The agent died while it put a snapshot back. */
static void restore_interrupted(struct bench *b)
{
    uint64_t sum = fake_memory_sum(b->fake);
    struct hva_journal *j;
    struct fake_seen seen;
    json_t *list, *info;

    bench_ok(b, snapshot(b, "snapshot.take"));
    bench_stop_agent(b);
    fake_hang(b->fake);
    fake_pause(b->fake);
    j = journal_of(b);
    CHECK(hva_journal_snapshots(j, "g", &list, &b->err) == 0);
    info = json_object_get(json_array_get(list, 0), "info");
    json_object_set_new(info, "restoring", json_true());
    CHECK(hva_journal_snapshot_set(j, "g", "one", info, &b->err) == 0);
    json_decref(list);
    hva_journal_close(j);
    bench_start_agent(b);
    bench_ok(b, snapshot(b, "snapshot.drop")); /* waits until it is done */
    fake_seen(b->fake, &seen);
    CHECK(fake_memory_sum(b->fake) == sum);
    CHECK(!seen.paused && seen.restores == 1);
}

static void check_history(struct bench *b, json_t *params, size_t n, json_int_t first)
{
    json_t *list = bench_call(b, "history.list", params), *txns;

    txns = json_object_get(list, "transactions");
    CHECK(json_array_size(txns) == n);
    CHECK(json_integer_value(json_object_get(json_array_get(txns, 0), "txn")) == first);
    CHECK_TEXT(text_of(json_array_get(txns, 0), "outcome"), "refused");
    json_decref(list);
}

static void disk_full(struct bench *b)
{
    struct fake_seen seen;
    json_t *report;

    fake_hang(b->fake); /* fills memory */
    CHECK(!snapshot(b, "snapshot.take"));
    CHECK(strstr(b->err.text, strerror(ENOSPC)));
    fake_seen(b->fake, &seen);
    CHECK(!seen.paused && seen.snapshots == 0);
    fake_wake(b->fake);
    report = bench_apply(b, "", "");
    CHECK_TEXT(text_of(report, "outcome"), "refused");
    CHECK(strstr(text_of(report, "reason"), strerror(ENOSPC)));
    json_decref(report);
    fake_seen(b->fake, &seen);
    CHECK(seen.stages == 0);
    check_history(b, NULL, 1, 1); /* and the journal still had room */
}

static void history(struct bench *b)
{
    for (int i = 0; i < 3; i++)
        json_decref(bench_apply(b, "<state-filter>no_such == 0</state-filter>", ""));
    check_history(b, NULL, 3, 3);
    check_history(b, json_pack("{s:i}", "limit", 2), 2, 3);
    check_history(b, json_pack("{s:i, s:s}", "limit", 1, "guest", "g"), 1, 3);
    CHECK(!bench_call(b, "history.list", json_pack("{s:i}", "limit", 0)));
    CHECK(b->fault.code == -EINVAL);
}

/* A guest that talks without end fills no disk. */
static void console(struct bench *b)
{
    char path[256], old[256];
    struct stat st;
    int fd;

    bench_path(b, path, sizeof(path), "guests/g/console.log");
    bench_path(b, old, sizeof(old), "guests/g/console.old");
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && ftruncate(fd, 17 << 20) == 0 && write(fd, "end\n", 4) == 4);
    do {
        CHECK(stat(path, &st) == 0);
    } while (st.st_size != 0);
    CHECK(write(fd, "more\n", 5) == 5 && stat(path, &st) == 0 && st.st_size == 5);
    CHECK(stat(old, &st) == 0 && st.st_size == 1 << 20);
    close(fd);
}

static const struct {
    const char *name;
    void (*run)(struct bench *b);
    bool small_disk;
} cases[] = {
    {"stop-while-starting", stop_while_starting, false},
    {"stop-busy", stop_busy, false},
    {"lost", lost, false},
    {"last-answer", last_answer, false},
    {"half-started", half_started, false},
    {"unreachable", unreachable, false},
    {"other-driver", other_driver, false},
    {"left-paused", left_paused, false},
    {"restore-interrupted", restore_interrupted, false},
    {"disk-full", disk_full, true},
    {"history", history, false},
    {"console", console, false},
};

int main(int argc, char **argv)
{
    struct bench b = {0};

    CHECK(argc == 3);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (strcmp(argv[2], cases[i].name) != 0)
            continue;
        b.small_disk = cases[i].small_disk;
        bench_open(&b, argv[1]);
        cases[i].run(&b);
        bench_close(&b);
        return 0;
    }
    fprintf(stderr, "no case '%s'\n", argv[2]);
    return 1;
}
