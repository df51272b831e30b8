/* SPDX-License-Identifier: MIT
 *
 * line-client: the witness of a connection.  Sends "line 000001", "line 000002",
 * ... at a steady rate over one TCP connection (its own, or the one of a command
 * such as `socat - TCP:...` that it runs), and checks that the echo service's
 * reply to each, "COUNT line 00000COUNT", comes once, in order, with the right
 * count, over the connection's whole life.  Measures the longest time from
 * sending a line to its reply.
 *
 * Words on stdin, one per line: "mark NAME" prints {"phase": NAME, "lines": N,
 * "longest_ms": X} as soon as every line sent before it was answered, and starts
 * a new phase; "quit", end of file or SIGTERM sends no more, waits for the missing
 * replies and ends with {"ok": true|false, ...}.  Exit status 0 only when
 * everything was right.  Until its first reply a connection that is refused,
 * closed or silent is tried again.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WINDOW 8192u /* lines without a reply, at most */
#define LINE_MAX_BYTES 64u
#define FIRST_REPLY_NS (3 * 1000000000ll)
#define RETRY_NS (100 * 1000000ll)

struct options {
    const char *host;
    unsigned port;
    int64_t interval_ns, connect_ns, drain_ns;
    char **command; /* NULL: connect ourselves */
};

struct client {
    struct options opt;
    int fd;      /* the connection; -1 while there is none */
    pid_t child; /* the command's, 0 if none */
    int64_t started, connected;
    int64_t retry_at, next_send, drain_until;
    uint64_t sent, replied;
    int64_t sent_at[WINDOW];
    char out[LINE_MAX_BYTES];
    size_t out_len, out_done;
    char in[LINE_MAX_BYTES];
    size_t in_len;

    char mark[LINE_MAX_BYTES]; /* phase name to report once `mark_line` is answered, or "" */
    uint64_t mark_line, phase_first;
    int64_t phase_longest, longest;
    uint64_t longest_line;

    bool control_open, quitting, failed;
    char control[256];
    size_t control_len;
    char why[256];
};

static volatile sig_atomic_t terminated;

static void on_term(int sig)
{
    (void)sig;
    terminated = 1;
}

static int64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

__attribute__((format(printf, 2, 3))) static void fail(struct client *c, const char *format, ...)
{
    va_list ap;

    if (c->failed)
        return;
    c->failed = true;
    va_start(ap, format);
    vsnprintf(c->why, sizeof(c->why), format, ap);
    va_end(ap);
}

/* The connection's raw end: a socket of ours, or a socket pair to the command. */
static int open_socket(const struct options *opt)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)opt->port)};
    int fd, one = 1;

    if (inet_pton(AF_INET, opt->host, &to.sin_addr) != 1)
        return -1;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int run_command(struct client *c)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    c->child = fork();
    if (c->child == 0) {
        dup2(pair[1], 0);
        dup2(pair[1], 1);
        execvp(c->opt.command[0], c->opt.command);
        perror(c->opt.command[0]);
        _exit(127);
    }
    close(pair[1]);
    return pair[0];
}

static void end_command(struct client *c)
{
    if (c->child > 0) {
        kill(c->child, SIGKILL);
        waitpid(c->child, NULL, 0);
        c->child = 0;
    }
}

static void disconnect(struct client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    end_command(c);
}

static void client_connect(struct client *c, int64_t now)
{
    c->fd = c->opt.command ? run_command(c) : open_socket(&c->opt);
    if (c->fd < 0) {
        end_command(c);
        c->retry_at = now + RETRY_NS;
        return;
    }
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    c->sent = 0;
    c->phase_first = 0;
    c->in_len = c->out_len = c->out_done = 0;
    c->connected = c->next_send = now;
}

/* The peer went away, or never spoke: fatal once a reply was seen. */
static void connection_lost(struct client *c, int64_t now, const char *why)
{
    if (c->replied > 0) {
        fail(c, "%s after %" PRIu64 " lines", why, c->replied);
        return;
    }
    disconnect(c);
    c->retry_at = now + RETRY_NS;
}

static void write_some(struct client *c, int64_t now)
{
    while (c->fd >= 0 && c->out_done < c->out_len) {
        ssize_t n = send(c->fd, c->out + c->out_done, c->out_len - c->out_done, MSG_NOSIGNAL);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0) {
            connection_lost(c, now, strerror(errno));
            return;
        }
        c->out_done += (size_t)n;
    }
}

static void send_due(struct client *c, int64_t now)
{
    while (c->fd >= 0 && !c->quitting && c->out_done == c->out_len && now >= c->next_send &&
           c->sent - c->replied < WINDOW) {
        c->sent++;
        c->sent_at[c->sent % WINDOW] = now;
        c->out_len = (size_t)snprintf(c->out, sizeof(c->out), "line %06" PRIu64 "\n", c->sent);
        c->out_done = 0;
        c->next_send += c->opt.interval_ns;
        if (c->next_send < now)
            c->next_send = now;
        write_some(c, now);
    }
}

static void take_reply(struct client *c, int64_t now)
{
    char want[LINE_MAX_BYTES];
    uint64_t line = c->replied + 1;
    int64_t took;

    snprintf(want, sizeof(want), "%" PRIu64 " line %06" PRIu64, line, line);
    if (strcmp(c->in, want) != 0 || line > c->sent) {
        fail(c, "expected \"%s\", got \"%s\"", want, c->in);
        return;
    }
    c->replied = line;
    took = now - c->sent_at[line % WINDOW];
    if (took > c->phase_longest)
        c->phase_longest = took;
    if (took > c->longest) {
        c->longest = took;
        c->longest_line = line;
    }
}

static void take_bytes(struct client *c, const char *data, size_t len, int64_t now)
{
    for (size_t i = 0; i < len && !c->failed; i++) {
        if (data[i] == '\n') {
            c->in[c->in_len] = '\0';
            take_reply(c, now);
            c->in_len = 0;
        } else if (c->in_len + 1 < sizeof(c->in)) {
            c->in[c->in_len++] = data[i];
        } else {
            fail(c, "a reply after line %" PRIu64 " is too long", c->replied);
        }
    }
}

static void read_some(struct client *c, int64_t now)
{
    char data[4096];
    ssize_t n = recv(c->fd, data, sizeof(data), 0);

    if (n > 0)
        take_bytes(c, data, (size_t)n, now);
    else if (n == 0)
        connection_lost(c, now, "connection closed");
    else if (errno != EAGAIN && errno != EINTR)
        connection_lost(c, now, strerror(errno));
}

static void report_phase(struct client *c)
{
    printf("{\"phase\": \"%s\", \"lines\": %" PRIu64 ", \"longest_ms\": %.1f}\n", c->mark,
           c->replied - c->phase_first, (double)c->phase_longest / 1e6);
    fflush(stdout);
    c->mark[0] = '\0';
    c->phase_first = c->replied;
    c->phase_longest = 0;
}

static void begin_quit(struct client *c, int64_t now)
{
    if (!c->quitting)
        c->drain_until = now + c->opt.drain_ns;
    c->quitting = true;
}

static void take_word(struct client *c, const char *word, int64_t now)
{
    if (strncmp(word, "mark ", 5) == 0 && !c->mark[0]) {
        snprintf(c->mark, sizeof(c->mark), "%s", word + 5);
        c->mark_line = c->sent > 0 ? c->sent : 1;
    } else if (strcmp(word, "quit") == 0) {
        begin_quit(c, now);
    } else {
        fail(c, "not understood: %s", word);
    }
}

static void read_control(struct client *c, int64_t now)
{
    char *end;
    ssize_t n = read(0, c->control + c->control_len, sizeof(c->control) - 1 - c->control_len);

    if (n <= 0) {
        c->control_open = false;
        begin_quit(c, now);
        return;
    }
    c->control_len += (size_t)n;
    c->control[c->control_len] = '\0';
    while ((end = strchr(c->control, '\n'))) {
        *end = '\0';
        take_word(c, c->control, now);
        c->control_len -= (size_t)(end + 1 - c->control);
        memmove(c->control, end + 1, c->control_len + 1);
    }
    if (c->control_len == sizeof(c->control) - 1)
        fail(c, "control line too long");
}

/* What no event brings about: connecting, deadlines, sending on time. */
static void on_time(struct client *c, int64_t now)
{
    if (c->fd < 0 && now >= c->retry_at)
        client_connect(c, now);
    if (c->fd >= 0 && c->replied == 0 && now - c->connected > FIRST_REPLY_NS)
        connection_lost(c, now, "no reply");
    if (c->replied == 0 && now - c->started > c->opt.connect_ns)
        fail(c, "no reply within %.0f s", (double)c->opt.connect_ns / 1e9);
    if (c->quitting && c->replied < c->sent && now > c->drain_until)
        fail(c, "%" PRIu64 " lines were never answered", c->sent - c->replied);
    send_due(c, now);
    if (c->mark[0] && c->replied >= c->mark_line)
        report_phase(c);
}

static int64_t next_wakeup(const struct client *c, int64_t now)
{
    int64_t at = now + 1000000000;

    if (c->fd < 0)
        at = c->retry_at;
    else if (!c->quitting && c->out_done == c->out_len && c->sent - c->replied < WINDOW)
        at = c->next_send;
    return at > now ? at - now : 0;
}

static void run(struct client *c)
{
    while (!c->failed && !(c->quitting && c->replied == c->sent)) {
        int64_t now = now_ns();
        struct timespec left = {0};
        struct pollfd polls[2] = {
            {.fd = c->fd, .events = POLLIN},
            {.fd = c->control_open ? 0 : -1, .events = POLLIN},
        };

        if (c->out_done < c->out_len)
            polls[0].events |= POLLOUT;
        left.tv_nsec = next_wakeup(c, now) % 1000000000;
        left.tv_sec = next_wakeup(c, now) / 1000000000;
        if (ppoll(polls, 2, &left, NULL) < 0 && errno != EINTR)
            fail(c, "poll: %s", strerror(errno));
        now = now_ns();
        if (terminated)
            begin_quit(c, now);
        if (polls[1].revents)
            read_control(c, now);
        if (c->fd >= 0 && polls[0].revents & (POLLIN | POLLHUP | POLLERR))
            read_some(c, now);
        if (c->fd >= 0 && polls[0].revents & POLLOUT)
            write_some(c, now);
        on_time(c, now);
    }
}

static void report_end(const struct client *c)
{
    printf("{\"ok\": %s, \"lines\": %" PRIu64 ", \"longest_ms\": %.1f, \"longest_line\": %" PRIu64,
           c->failed ? "false" : "true", c->replied, (double)c->longest / 1e6, c->longest_line);
    if (c->failed) {
        printf(", \"why\": \"");
        for (const char *p = c->why; *p; p++)
            printf(*p == '"' || *p == '\\' ? "\\%c" : (unsigned char)*p < 32 ? "?" : "%c", *p);
        printf("\"");
    }
    printf("}\n");
    fflush(stdout);
}

static int usage(void)
{
    fprintf(stderr, "usage: line-client [--host ADDRESS] [--interval-ms N] [--connect-seconds N] "
                    "[--drain-seconds N] --port PORT | -- COMMAND...\n");
    return 2;
}

static bool parse_options(int argc, char **argv, struct options *opt)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            opt->command = argv + i + 1;
            return argv[i + 1] != NULL;
        }
        if (i + 1 == argc)
            return false;
        if (strcmp(argv[i], "--host") == 0)
            opt->host = argv[++i];
        else if (strcmp(argv[i], "--port") == 0)
            opt->port = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--interval-ms") == 0)
            opt->interval_ns = strtoll(argv[++i], NULL, 10) * 1000000;
        else if (strcmp(argv[i], "--connect-seconds") == 0)
            opt->connect_ns = strtoll(argv[++i], NULL, 10) * 1000000000;
        else if (strcmp(argv[i], "--drain-seconds") == 0)
            opt->drain_ns = strtoll(argv[++i], NULL, 10) * 1000000000;
        else
            return false;
    }
    return opt->port != 0;
}

int main(int argc, char **argv)
{
    static struct client c = {
        .opt = {.host = "127.0.0.1",
                .interval_ns = 10 * 1000000ll,
                .connect_ns = 60 * 1000000000ll,
                .drain_ns = 30 * 1000000000ll},
        .fd = -1,
        .control_open = true,
    };
    struct sigaction term = {.sa_handler = on_term};

    if (!parse_options(argc, argv, &c.opt))
        return usage();
    sigaction(SIGTERM, &term, NULL);
    signal(SIGPIPE, SIG_IGN);
    c.started = now_ns();
    run(&c);
    disconnect(&c);
    report_end(&c);
    return c.failed;
}
