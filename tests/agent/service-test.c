/* SPDX-License-Identifier: MIT
 *
 * service-test IMAGES CASE: the agent as its clients see it: requests good and
 * bad, snapshots, lock, restart.
 */
#include "bench.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/rpc.h"

static void expect_error(int fd, const char *request, int code)
{
    json_t *doc;

    bench_send(fd, request);
    doc = bench_read(fd);
    CHECK(json_integer_value(json_object_get(json_object_get(doc, "error"), "code")) == code);
    json_decref(doc);
}

static void requests(struct bench *b)
{
    int fd = bench_connect(b);
    json_t *doc;

    expect_error(fd, "this is not JSON\n", -EBADMSG);
    expect_error(fd, "[]\n", -EBADMSG);
    expect_error(fd, "{\"id\": 1}\n", -EBADMSG);
    expect_error(fd, "{\"method\": \"agent.info\"}\n", -EBADMSG);
    expect_error(fd, "{\"id\": 1, \"method\": \"agent.info\", \"params\": [1]}\n", -EINVAL);
    expect_error(fd, "{\"id\": 1, \"method\": \"agent.explode\"}\n", -ENOSYS);
    expect_error(fd, "{\"id\": 1, \"method\": \"guest.info\"}\n", -EINVAL);
    expect_error(fd, "{\"id\": 1, \"method\": \"guest.info\", \"params\": {\"name\": \"x\"}}\n",
                 -ENOENT);
    expect_error(fd, "{\"id\": 1, \"method\": \"guest.start\", \"params\": {\"name\": \"../x\"}}\n",
                 -EINVAL);
    expect_error(fd, "{\"id\": 1, \"method\": \"guest.start\", \"params\": {\"name\": \"g\"}}\n",
                 -EEXIST);
    expect_error(fd,
                 "{\"id\": 1, \"method\": \"guest.start\", \"params\": {\"name\": \"k\", "
                 "\"accel\": \"kvm\"}}\n",
                 -ENOTSUP);
    expect_error(fd, "{\"id\": 1, \"method\": \"history.report\", \"params\": {\"txn\": 77}}\n",
                 -ENOENT);
    bench_send(fd, "{\"id\": \"a\", \"met");
    bench_send(fd, "hod\": \"guest.list\"}\n");
    doc = bench_read(fd);
    CHECK_TEXT(text_of(doc, "id"), "a");
    json_decref(doc);
    close(fd);
}

/* A request without end is cut off; others are served meanwhile. */
static void endless_request(struct bench *b)
{
    int fd = bench_connect(b);
    char chunk[65536];
    size_t sent = 0;
    json_t *info;

    memset(chunk, 'x', sizeof(chunk));
    while (sent <= HVA_RPC_LINE_MAX + 2 * sizeof(chunk)) {
        ssize_t n = send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL);

        if (n <= 0)
            break;
        sent += (size_t)n;
        info = bench_call(b, "agent.info", NULL);
        CHECK(info);
        json_decref(info);
    }
    CHECK(recv(fd, chunk, sizeof(chunk), 0) <= 0);
    close(fd);
}

/* A client that asks and never reads is cut off, not waited for. */
static void deaf_client(struct bench *b)
{
    static const char request[] = "{\"id\": 1, \"method\": \"agent.info\"}\n";
    int fd = bench_connect(b);
    json_t *info;
    ssize_t n;

    do {
        struct pollfd p = {.fd = fd, .events = POLLOUT};

        n = send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            n = poll(&p, 1, 5000);
    } while (n > 0);
    CHECK(n < 0); /* the agent closed it */
    info = bench_call(b, "agent.info", NULL);
    CHECK(info);
    json_decref(info);
    close(fd);
}

static void busy(struct bench *b)
{
    int fd = bench_hold_update(b);
    json_t *doc;

    CHECK(!bench_call(b, "snapshot.take", json_pack("{s:s, s:s}", "guest", "g", "name", "a")));
    CHECK(b->fault.code == -EBUSY);
    CHECK_TEXT(b->fault.kind, "busy");
    doc = bench_call(b, "guest.info", json_pack("{s:s}", "name", "g"));
    CHECK_TEXT(text_of(doc, "state"), "updating");
    json_decref(doc);
    fake_go(b->fake);
    doc = bench_answer(fd);
    CHECK_TEXT(text_of(json_object_get(doc, "result"), "outcome"), "committed");
    json_decref(doc);
    close(fd);
}

static json_t *snapshot(struct bench *b, const char *verb, const char *name)
{
    return bench_call(b, verb, json_pack("{s:s, s:s}", "guest", "g", "name", name));
}

static void snapshots(struct bench *b)
{
    uint64_t sum = fake_memory_sum(b->fake);
    struct fake_seen before, after;
    json_t *list;

    bench_ok(b, snapshot(b, "snapshot.take", "one"));
    CHECK(!snapshot(b, "snapshot.take", "one") && b->fault.code == -EEXIST);
    CHECK(!snapshot(b, "snapshot.take", "bad name") && b->fault.code == -EINVAL);
    CHECK(!snapshot(b, "snapshot.restore", "two") && b->fault.code == -ENOENT);
    bench_stop_agent(b);
    fake_hang(b->fake); /* what comes after the snapshot */
    CHECK(fake_memory_sum(b->fake) != sum);
    bench_start_agent(b);
    list = bench_call(b, "snapshot.list", json_pack("{s:s}", "guest", "g"));
    CHECK(json_array_size(json_object_get(list, "snapshots")) == 1);
    json_decref(list);
    fake_seen(b->fake, &before);
    bench_ok(b, snapshot(b, "snapshot.restore", "one"));
    fake_seen(b->fake, &after);
    CHECK(fake_memory_sum(b->fake) == sum);
    CHECK(after.restores == before.restores + 1 && !after.paused);
    bench_ok(b, snapshot(b, "snapshot.drop", "one"));
    CHECK(!snapshot(b, "snapshot.drop", "one") && b->fault.code == -ENOENT);
    fake_seen(b->fake, &after);
    CHECK(after.snapshots == 0);
}

static void second_agent(struct bench *b)
{
    char pid[32];
    int first, second;

    CHECK(hva_agent_lock(b->dir, &first, &b->err) == 0);
    CHECK(hva_agent_lock(b->dir, &second, &b->err) == -EBUSY);
    snprintf(pid, sizeof(pid), "pid %ld", (long)getpid());
    CHECK(strstr(b->err.text, pid));
    close(first);
    CHECK(hva_agent_lock(b->dir, &second, &b->err) == 0);
    close(second);
}

static void socket_mode(struct bench *b)
{
    char path[256];
    struct stat st;

    bench_path(b, path, sizeof(path), "agent.sock");
    CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
}

/* The guest lives on without its agent, and is stopped by request only. */
static void restart(struct bench *b)
{
    json_t *list;

    bench_stop_agent(b);
    bench_start_agent(b);
    list = bench_call(b, "guest.list", NULL);
    CHECK(json_array_size(json_object_get(list, "guests")) == 1);
    json_decref(list);
    bench_ok(b, bench_call(b, "guest.stop", json_pack("{s:s}", "name", "g")));
    list = bench_call(b, "guest.list", NULL);
    CHECK(json_array_size(json_object_get(list, "guests")) == 0);
    json_decref(list);
    CHECK(!bench_call(b, "guest.stop", json_pack("{s:s}", "name", "g")));
    CHECK(b->fault.code == -ENOENT);
    bench_ok(b, bench_call(b, "guest.start", json_pack("{s:s}", "name", "g")));
}

static const struct {
    const char *name;
    void (*run)(struct bench *b);
} cases[] = {
    {"requests", requests},       {"endless-request", endless_request},
    {"deaf-client", deaf_client}, {"busy", busy},
    {"snapshots", snapshots},     {"second-agent", second_agent},
    {"socket-mode", socket_mode}, {"restart", restart},
};

int main(int argc, char **argv)
{
    struct bench b = {0};

    CHECK(argc == 3);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
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
