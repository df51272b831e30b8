/* SPDX-License-Identifier: MIT
 *
 * stream-load: many ordinary TCP clients of the echo service in one process, each
 * writing all the time.  A connection's text follows from its number alone (lines
 * of random length), so every byte that comes back, counts included, is checked
 * as it arrives: one that is lost, doubled, changed or out of order, a connection
 * that is reset, closed, or silent for too long, ends the run.  What is under way
 * per connection is bounded; it is more than the guest's TCP window, so that
 * writers feel its back-pressure.
 *
 * Words on stdin, one per line: "mark NAME" prints {"phase": NAME, "bytes": N,
 * "least": M, "longest_ms": X} as soon as every connection has got back all that
 * it had written before, and starts a new phase (N bytes came back in the last one,
 * at least M on each connection; X is the longest silence of a connection that
 * waited for bytes).  "quit" or end of file: no more is written; when the last byte
 * is back each connection is closed in order and must end without another byte;
 * then {"ok": true|false, "connections", "bytes", "longest_ms"}.  Exit status 0
 * only when everything was right.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_STREAMS 256u
#define UNDER_WAY (48u << 10) /* bytes written and not back yet, at most */
#define MAX_LINE 400u
#define NAME_BYTES 64u

/* The text of a connection, produced byte by byte; `prefix` is what the service adds. */
struct text {
    uint64_t random, lines;
    uint32_t left; /* bytes of the current line, newline included; 0: a line begins */
    char prefix[24];
    uint32_t prefix_at, prefix_len;
};

struct stream {
    int fd;
    struct text out, in;
    char pending[4096]; /* made, not written yet, from pending_at on */
    size_t pending_at;
    uint64_t written, back; /* bytes of the text, the service's prefixes not counted */
    uint64_t mark_at, phase_back;
    int64_t heard;                          /* when a byte came last, or when it began to wait */
    enum { WRITING, SHUT, FINISHED } state; /* SHUT: by us; FINISHED: by the peer too */
};

struct load {
    const char *host;
    unsigned port, n;
    int64_t silence_ns; /* a connection that waits longer is stuck */
    struct stream streams[MAX_STREAMS];
    char mark[NAME_BYTES]; /* phase to report, or "" */
    int64_t longest, phase_longest;
    bool quitting, control_open, failed;
    char control[256];
    size_t control_len;
    char why[256];
};

static int64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

__attribute__((format(printf, 2, 3))) static void fail(struct load *l, const char *format, ...)
{
    va_list ap;

    if (l->failed)
        return;
    l->failed = true;
    va_start(ap, format);
    vsnprintf(l->why, sizeof(l->why), format, ap);
    va_end(ap);
}

/* xorshift64 (Marsaglia). */
static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void text_begin(struct text *t, unsigned number)
{
    *t = (struct text){.random = 0x9e3779b97f4a7c15ull * (number + 1)};
}

static void line_begin(struct text *t)
{
    t->left = 1 + (uint32_t)(random_next(&t->random) % MAX_LINE);
    t->lines++;
    t->prefix_len = (uint32_t)snprintf(t->prefix, sizeof(t->prefix), "%" PRIu64 " ", t->lines);
    t->prefix_at = 0;
}

static char text_next(struct text *t)
{
    if (t->left == 0)
        line_begin(t);
    return --t->left == 0 ? '\n' : (char)('!' + random_next(&t->random) % 94);
}

/* The next byte as the service sends it; *ret_ours: it is one of the text. */
static char echo_next(struct text *t, bool *ret_ours)
{
    if (t->left == 0)
        line_begin(t);
    *ret_ours = t->prefix_at == t->prefix_len;
    return *ret_ours ? text_next(t) : t->prefix[t->prefix_at++];
}

static void stream_write(struct load *l, struct stream *s, int64_t now)
{
    while (s->written - s->back < UNDER_WAY) {
        ssize_t n;

        if (s->pending_at == sizeof(s->pending)) {
            for (size_t i = 0; i < sizeof(s->pending); i++)
                s->pending[i] = text_next(&s->out);
            s->pending_at = 0;
        }
        n = send(s->fd, s->pending + s->pending_at, sizeof(s->pending) - s->pending_at,
                 MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            fail(l, "connection %td: %s", s - l->streams, strerror(errno));
        if (n < 0)
            return;
        if (s->written == s->back)
            s->heard = now;
        s->pending_at += (size_t)n;
        s->written += (uint64_t)n;
    }
}

static void stream_check(struct load *l, struct stream *s, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool ours;
        char want = echo_next(&s->in, &ours);

        s->back += ours;
        if (data[i] != want || s->back > s->written) {
            fail(l,
                 "connection %td, line %" PRIu64 ", byte %" PRIu64 " of the text: got 0x%02x, "
                 "expected 0x%02x",
                 s - l->streams, s->in.lines, s->back, (uint8_t)data[i], (uint8_t)want);
            return;
        }
    }
}

static void stream_ended(struct load *l, struct stream *s, const char *how)
{
    if (s->state == SHUT && !how)
        s->state = FINISHED;
    else
        fail(l, "connection %td: %s after %" PRIu64 " of %" PRIu64 " bytes", s - l->streams,
             how ? how : "closed by the peer", s->back, s->written);
}

static void stream_read(struct load *l, struct stream *s, int64_t now)
{
    static char data[65536];
    ssize_t n = recv(s->fd, data, sizeof(data), MSG_DONTWAIT);
    int64_t silence = now - s->heard;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        stream_ended(l, s, n < 0 ? strerror(errno) : NULL);
        return;
    }
    stream_check(l, s, data, (size_t)n);
    if (silence > l->phase_longest)
        l->phase_longest = silence;
    s->heard = now;
}

/* One connection after the other, each up to its first byte back: QEMU's user network
 * listens with a backlog of one. */
static void stream_open(struct load *l, struct stream *s, const struct sockaddr_in *to)
{
    unsigned number = (unsigned)(s - l->streams);
    struct pollfd one;

    text_begin(&s->out, number);
    text_begin(&s->in, number);
    s->pending_at = sizeof(s->pending);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0 || connect(s->fd, (const struct sockaddr *)to, sizeof(*to)) < 0) {
        fail(l, "connection %u: %s", number, strerror(errno));
        return;
    }
    one = (struct pollfd){.fd = s->fd, .events = POLLIN};
    stream_write(l, s, now_ns());
    if (!l->failed && poll(&one, 1, (int)(l->silence_ns / 1000000)) != 1)
        fail(l, "connection %u: no answer", number);
}

static void streams_open(struct load *l)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)l->port)};

    if (inet_pton(AF_INET, l->host, &to.sin_addr) != 1)
        fail(l, "%s is no IPv4 address", l->host);
    for (unsigned i = 0; i < l->n && !l->failed; i++)
        stream_open(l, &l->streams[i], &to);
}

static void take_word(struct load *l, const char *word)
{
    if (strncmp(word, "mark ", 5) == 0 && !l->mark[0]) {
        snprintf(l->mark, sizeof(l->mark), "%s", word + 5);
        for (unsigned i = 0; i < l->n; i++)
            l->streams[i].mark_at = l->streams[i].written + 1;
    } else if (strcmp(word, "quit") == 0) {
        l->quitting = true;
    } else {
        fail(l, "not understood: %s", word);
    }
}

static void read_control(struct load *l)
{
    char *end;
    ssize_t n = read(0, l->control + l->control_len, sizeof(l->control) - 1 - l->control_len);

    if (n <= 0) {
        l->control_open = false;
        l->quitting = true;
        return;
    }
    l->control_len += (size_t)n;
    l->control[l->control_len] = '\0';
    while ((end = strchr(l->control, '\n'))) {
        *end = '\0';
        take_word(l, l->control);
        l->control_len -= (size_t)(end + 1 - l->control);
        memmove(l->control, end + 1, l->control_len + 1);
    }
    if (l->control_len == sizeof(l->control) - 1)
        fail(l, "control line too long");
}

/* Ends the phase once the mark was passed everywhere. */
static void report_phase(struct load *l)
{
    uint64_t bytes = 0, least = UINT64_MAX;

    for (unsigned i = 0; i < l->n; i++) {
        uint64_t came = l->streams[i].back - l->streams[i].phase_back;

        if (l->streams[i].back < l->streams[i].mark_at)
            return;
        bytes += came;
        least = came < least ? came : least;
    }
    for (unsigned i = 0; i < l->n; i++)
        l->streams[i].phase_back = l->streams[i].back;
    printf("{\"phase\": \"%s\", \"bytes\": %" PRIu64 ", \"least\": %" PRIu64
           ", \"longest_ms\": %.1f}\n",
           l->mark, bytes, least, (double)l->phase_longest / 1e6);
    fflush(stdout);
    l->mark[0] = '\0';
    l->longest = l->phase_longest > l->longest ? l->phase_longest : l->longest;
    l->phase_longest = 0;
}

static bool all_finished(const struct load *l)
{
    for (unsigned i = 0; i < l->n; i++)
        if (l->streams[i].state != FINISHED)
            return false;
    return true;
}

static bool may_write(const struct load *l, const struct stream *s)
{
    return !l->quitting && s->written - s->back < UNDER_WAY;
}

static void poll_all(struct load *l, struct pollfd *polls)
{
    for (unsigned i = 0; i < l->n; i++) {
        const struct stream *s = &l->streams[i];

        polls[i] = (struct pollfd){.fd = s->state == FINISHED ? -1 : s->fd, .events = POLLIN};
        if (may_write(l, s))
            polls[i].events |= POLLOUT;
    }
    polls[l->n] = (struct pollfd){.fd = l->control_open ? 0 : -1, .events = POLLIN};
    if (poll(polls, l->n + 1, 1000) < 0 && errno != EINTR)
        fail(l, "poll: %s", strerror(errno));
}

static void stream_serve(struct load *l, struct stream *s, short events, int64_t now)
{
    if (events & (POLLIN | POLLHUP | POLLERR))
        stream_read(l, s, now);
    if ((events & POLLOUT) && may_write(l, s))
        stream_write(l, s, now);
    if (l->quitting && s->state == WRITING && s->back == s->written) {
        shutdown(s->fd, SHUT_WR);
        s->state = SHUT;
        s->heard = now;
    }
    if ((s->back < s->written || s->state == SHUT) && now - s->heard > l->silence_ns)
        fail(l, "connection %td: silent for %.0f s after %" PRIu64 " of %" PRIu64 " bytes",
             s - l->streams, (double)l->silence_ns / 1e9, s->back, s->written);
}

static void run(struct load *l)
{
    struct pollfd polls[MAX_STREAMS + 1];

    while (!l->failed && !all_finished(l)) {
        int64_t now;

        poll_all(l, polls);
        now = now_ns();
        for (unsigned i = 0; i < l->n && !l->failed; i++)
            stream_serve(l, &l->streams[i], polls[i].revents, now);
        if (polls[l->n].revents)
            read_control(l);
        if (l->mark[0])
            report_phase(l);
    }
}

static void report_end(struct load *l)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < l->n; i++)
        bytes += l->streams[i].back;
    if (l->phase_longest > l->longest)
        l->longest = l->phase_longest;
    printf("{\"ok\": %s, \"connections\": %u, \"bytes\": %" PRIu64 ", \"longest_ms\": %.1f",
           l->failed ? "false" : "true", l->n, bytes, (double)l->longest / 1e6);
    if (l->failed)
        printf(", \"why\": \"%s\"", l->why); /* holds no quotes */
    printf("}\n");
}

static bool parse_options(int argc, char **argv, struct load *l)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--host") == 0)
            l->host = argv[i + 1];
        else if (strcmp(argv[i], "--port") == 0)
            l->port = (unsigned)strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--connections") == 0)
            l->n = (unsigned)strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--silence-seconds") == 0)
            l->silence_ns = strtoll(argv[i + 1], NULL, 10) * 1000000000;
        else
            return false;
    }
    return argc % 2 == 1 && l->port > 0 && l->port <= 0xffff && l->n > 0 && l->n <= MAX_STREAMS;
}

int main(int argc, char **argv)
{
    static struct load l = {
        .host = "127.0.0.1", .n = 1, .silence_ns = 20 * 1000000000ll, .control_open = true};

    if (!parse_options(argc, argv, &l)) {
        fprintf(stderr, "usage: stream-load --port PORT [--host ADDRESS] [--connections N] "
                        "[--silence-seconds N]\n");
        return 2;
    }
    streams_open(&l);
    run(&l);
    report_end(&l);
    return l.failed;
}
