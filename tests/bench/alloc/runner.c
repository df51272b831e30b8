/* SPDX-License-Identifier: MIT
 *
 * The processes that replay.  A child allocates nothing itself once it runs.
 */
#include "runner.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES 400u

struct job {
    const struct trace *t;
    replay_fn *replay;
    void **objects;
    struct trace_event *drain; /* frees what is live at the end */
    uint32_t n_drain;
};

_Noreturn static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void play(const struct job *j, uint32_t first, uint32_t n)
{
    if (!j->replay(j->t->events + first, n, j->objects)) {
        fprintf(stderr, "an allocator gave no memory\n");
        _exit(1);
    }
}

static double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The first quarter of the trace brings the heap to its usual size. */
static double job_time(const struct job *j)
{
    uint32_t n = j->t->header.n_events, warm = n / 4;
    double start, took;

    play(j, 0, warm);
    start = cpu_ns();
    play(j, warm, n - warm);
    took = cpu_ns() - start;
    j->replay(j->drain, j->n_drain, j->objects);
    return took / (n - warm);
}

/* Exact, unlike the counters behind VmRSS: the kernel walks the page tables. */
static double memory_used(void)
{
    static char text[4096];
    int fd = open("/proc/self/smaps_rollup", O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    const char *line;

    if (n <= 0)
        fail("/proc/self/smaps_rollup");
    close(fd);
    text[n] = '\0';
    line = strstr(text, "Private_Dirty:");
    return line ? strtod(line + 14, NULL) * 1024 : 0;
}

static double job_peak(const struct job *j)
{
    uint32_t n_events = j->t->header.n_events, step = n_events / SAMPLES + 1;
    double before = memory_used(), most = before;

    for (uint32_t at = 0; at < n_events; at += step) {
        double now;

        play(j, at, n_events - at < step ? n_events - at : step);
        now = memory_used();
        most = now > most ? now : most;
    }
    j->replay(j->drain, j->n_drain, j->objects);
    return most - before;
}

_Noreturn static void serve(const struct job *j, int commands, int answers)
{
    char command;

    while (read(commands, &command, 1) == 1 && command != 'q') {
        double answer = command == 't' ? job_time(j) : job_peak(j);

        if (write(answers, &answer, sizeof(answer)) != sizeof(answer))
            break;
    }
    _exit(0);
}

/* What is live after the last event, and pages of the child's own touched beforehand. */
static void job_init(struct job *j, replay_fn *replay, const struct trace *t)
{
    uint8_t *live = calloc(t->header.n_slots, 1);

    *j = (struct job){.t = t, .replay = replay};
    j->objects = malloc(t->header.n_slots * sizeof(*j->objects));
    j->drain = malloc(t->header.n_slots * sizeof(*j->drain));
    if (!live || !j->objects || !j->drain)
        fail("memory");
    memset(j->objects, 1, t->header.n_slots * sizeof(*j->objects));
    for (uint32_t i = 0; i < t->header.n_events; i++)
        live[t->events[i].slot] = t->events[i].size != 0;
    for (uint32_t i = 0; i < t->header.n_slots; i++)
        if (live[i])
            j->drain[j->n_drain++] = (struct trace_event){.slot = i};
    free(live);
}

void runner_start(struct runner *r, replay_fn *replay, const struct trace *t)
{
    int commands[2], answers[2];
    struct job j;

    if (pipe(commands) < 0 || pipe(answers) < 0)
        fail("pipe");
    job_init(&j, replay, t);
    r->pid = fork();
    if (r->pid < 0)
        fail("fork");
    if (r->pid == 0) {
        close(commands[1]);
        close(answers[0]);
        memset(j.objects, 0, t->header.n_slots * sizeof(*j.objects)); /* ours, not shared */
        serve(&j, commands[0], answers[1]);
    }
    close(commands[0]);
    close(answers[1]);
    r->commands = commands[1];
    r->answers = answers[0];
    free(j.objects);
    free(j.drain);
}

static double ask(const struct runner *r, char command)
{
    double answer;

    if (write(r->commands, &command, 1) != 1 ||
        read(r->answers, &answer, sizeof(answer)) != sizeof(answer)) {
        fprintf(stderr, "a replaying process died\n");
        exit(1);
    }
    return answer;
}

double runner_time(struct runner *r)
{
    return ask(r, 't');
}

double runner_peak(struct runner *r)
{
    return ask(r, 'm');
}

void runner_stop(struct runner *r)
{
    /* Told to: the others hold copies of its pipe, so closing ours is no end of file. */
    if (write(r->commands, "q", 1) != 1 || waitpid(r->pid, NULL, 0) < 0)
        fail("a replaying process");
    close(r->commands);
    close(r->answers);
}
