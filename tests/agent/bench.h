/* SPDX-License-Identifier: MIT
 *
 * What every agent test stands on: an agent with a fake guest "g" in a state
 * directory of its own, a client, checks that end the test.
 */
#pragma once

#include "core/agent.h"
#include "fake.h"
#include "hva/client.h"

#include <jansson.h>
#include <pthread.h>

#define CHECK(x)                                                                                   \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #x);                  \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)
#define CHECK_TEXT(is, want) check_text(__FILE__, __LINE__, is, want)
void check_text(const char *file, int line, const char *is, const char *want);

struct bench {
    char dir[64];
    const char *images;
    struct fake *fake;
    struct hva_agent *agent;
    pthread_t thread;
    struct hva_client *client;
    struct hva_fault fault; /* of the last call */
    struct lu_err err;
    unsigned progress; /* notifications of the last call */
    size_t hold_limit;
    bool small_disk; /* 1 MiB for the state directory, less than the guest's memory */
    const char *uri; /* what the agent thinks that it is connected to */
    void (*on_progress)(struct bench *b, const char *step, const char *text);
};

/* An agent and its guest, started. */
void bench_open(struct bench *b, const char *images);
void bench_close(struct bench *b);
/* The agent alone: ended as SIGTERM ends it, and a new one on the same directory. */
void bench_stop_agent(struct bench *b);
void bench_start_agent(struct bench *b);
int bench_open_agent(struct bench *b); /* may fail (b->err); not run yet */
void bench_path(const struct bench *b, char *path, size_t size, const char *name);

/* NULL when the agent answered with an error (b->fault, b->err). */
json_t *bench_call(struct bench *b, const char *method, json_t *params);
/* Applies a scenario for component net to net-v2.elf; `inside` stands in <component>, `after`
 * behind it.  The report. */
json_t *bench_apply(struct bench *b, const char *inside, const char *after);
const char *text_of(json_t *doc, const char *key);
void bench_ok(struct bench *b, json_t *result); /* of a call that must not fail */

/* A second client, below the client library: lines out, lines in. */
int bench_connect(struct bench *b);
void bench_send(int fd, const char *text);
json_t *bench_read(int fd);   /* NULL: the agent closed it */
json_t *bench_answer(int fd); /* the next one, notifications dropped */
/* Asks for an update, and returns when it is in its transfer, where it stays until fake_go. */
int bench_hold_update(struct bench *b);
