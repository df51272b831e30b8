/* SPDX-License-Identifier: MIT
 *
 * Sets the stage; see bench.h.
 */
#include "bench.h"

#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/util.h"

void check_text(const char *file, int line, const char *is, const char *want)
{
    if (is && strcmp(is, want) == 0)
        return;
    fprintf(stderr, "%s:%d: '%s', expected '%s'\n", file, line, is ? is : "(nothing)", want);
    exit(1);
}

const char *text_of(json_t *doc, const char *key)
{
    return json_string_value(json_object_get(doc, key));
}

void bench_path(const struct bench *b, char *path, size_t size, const char *name)
{
    CHECK(hva_path(path, size, NULL, "%s/%s", b->dir, name) == 0);
}

static void *agent_main(void *arg)
{
    hva_agent_run(arg);
    return NULL;
}

int bench_open_agent(struct bench *b)
{
    struct hva_agent_config config = {.state_dir = b->dir,
                                      .image_dir = b->images,
                                      .ops = &fake_ops,
                                      .be = fake_backend(b->fake),
                                      .uri = b->uri,
                                      .probe = {.why = "not asked"},
                                      .hold_limit = b->hold_limit};

    return hva_agent_open(&config, &b->agent, &b->err);
}

void bench_start_agent(struct bench *b)
{
    char path[HVA_PATH_MAX];

    if (bench_open_agent(b) < 0) {
        fprintf(stderr, "agent: %s\n", b->err.text);
        exit(1);
    }
    CHECK(pthread_create(&b->thread, NULL, agent_main, b->agent) == 0);
    CHECK(hva_client_socket(b->dir, path, sizeof(path), &b->err) == 0);
    CHECK(hva_client_open(path, &b->client, &b->err) == 0);
}

void bench_stop_agent(struct bench *b)
{
    hva_client_close(b->client);
    hva_agent_stop(b->agent);
    pthread_join(b->thread, NULL);
    hva_agent_close(b->agent, false);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void mount_small(struct bench *b)
{
    if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("small", b->dir, "tmpfs", 0, "size=1m") == 0)
        return;
    rmdir(b->dir);
    printf("a file system cannot be mounted here: %s\n", strerror(errno));
    exit(77);
}

void bench_open(struct bench *b, const char *images)
{
    char image_old[HVA_PATH_MAX], image_new[HVA_PATH_MAX];
    json_t *info;

    *b = (struct bench){.dir = "/tmp/pa-test-XXXXXX",
                        .images = images,
                        .hold_limit = b->hold_limit,
                        .small_disk = b->small_disk,
                        .uri = "fake:///"};
    CHECK(mkdtemp(b->dir));
    if (b->small_disk)
        mount_small(b);
    CHECK(hva_path(image_old, sizeof(image_old), NULL, "%s/net.elf", images) == 0);
    CHECK(hva_path(image_new, sizeof(image_new), NULL, "%s/net-v2.elf", images) == 0);
    b->fake = fake_new("net", image_old, image_new);
    bench_start_agent(b);
    info = bench_call(b, "guest.start", json_pack("{s:s, s:s}", "name", "g", "accel", "tcg"));
    CHECK(info);
    CHECK_TEXT(text_of(info, "state"), "running");
    json_decref(info);
}

void bench_close(struct bench *b)
{
    bench_stop_agent(b);
    fake_free(b->fake);
    hva_fault_clear(&b->fault);
    if (b->small_disk)
        umount2(b->dir, MNT_DETACH);
    nftw(b->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int notified(void *arg, const char *method, json_t *params)
{
    struct bench *b = arg;

    if (strcmp(method, "progress") == 0) {
        b->progress++;
        if (b->on_progress)
            b->on_progress(b, text_of(params, "step"), text_of(params, "text"));
    }
    return 0;
}

json_t *bench_call(struct bench *b, const char *method, json_t *params)
{
    json_t *result = NULL;

    b->progress = 0;
    lu_err_clear(&b->err);
    hva_fault_clear(&b->fault);
    if (hva_client_call(b->client, method, params, 60000, notified, b, &result, &b->fault,
                        &b->err) < 0)
        return NULL;
    return result;
}

json_t *bench_apply(struct bench *b, const char *inside, const char *after)
{
    char xml[2048];
    json_t *report;

    snprintf(xml, sizeof(xml),
             "<scenario name=\"test\"><description>a test</description>"
             "<component name=\"net\" image=\"net-v2.elf\">%s</component>%s</scenario>",
             inside, after);
    report = bench_call(b, "scenario.apply",
                        json_pack("{s:s, s:s, s:s}", "guest", "g", "xml", xml, "file", "test.xml"));
    if (!report)
        fprintf(stderr, "apply: %s\n", b->err.text);
    CHECK(report);
    return report;
}

void bench_ok(struct bench *b, json_t *result)
{
    if (!result)
        fprintf(stderr, "refused: %s\n", b->err.text);
    CHECK(result);
    json_decref(result);
}

int bench_connect(struct bench *b)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/agent.sock", b->dir);
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
    return fd;
}

void bench_send(int fd, const char *text)
{
    CHECK(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

json_t *bench_read(int fd)
{
    char line[65536];
    size_t n = 0;
    json_t *doc;

    do {
        CHECK(n < sizeof(line));
        if (recv(fd, line + n, 1, 0) != 1)
            return NULL;
    } while (line[n++] != '\n');
    doc = json_loadb(line, n, 0, NULL);
    CHECK(doc);
    return doc;
}

json_t *bench_answer(int fd)
{
    json_t *doc;

    while ((doc = bench_read(fd)) && !json_object_get(doc, "id"))
        json_decref(doc);
    return doc;
}

static bool is_progress(json_t *doc, const char *step)
{
    json_t *params = json_object_get(doc, "params");

    CHECK_TEXT(text_of(doc, "method"), "progress");
    return strcmp(text_of(params, "step"), step) == 0;
}

int bench_hold_update(struct bench *b)
{
    int fd = bench_connect(b);
    bool there = false;

    fake_set_fault(b->fake, FAKE_WAITS);
    bench_send(fd, "{\"id\": 1, \"method\": \"scenario.apply\", \"params\": {\"guest\": \"g\", "
                   "\"xml\": \"<scenario name='s'><component name='net' image='net-v2.elf'/>"
                   "</scenario>\"}}\n");
    while (!there) {
        json_t *doc = bench_read(fd);

        there = is_progress(doc, "transfer");
        json_decref(doc);
    }
    return fd;
}
