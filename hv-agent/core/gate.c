/* SPDX-License-Identifier: MIT
 *
 * Two byte queues of length-prefixed frames and the thread that fills them.
 * Queues keep whole frames only: a frame that does not fit is dropped whole and
 * marks the overflow.  lock guards the queues and `stop`.
 */
#include "gate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"

#define FRAME_MAX 65550u /* as QEMU's NET_BUFSIZE, with room */
#define TAKEN_TIMEOUT_MS 2000

struct queue {
    uint8_t *data;
    size_t len, size, frames;
};

/* Cuts a byte stream into frames. */
struct cutter {
    uint8_t buf[4 + FRAME_MAX];
    size_t have;
};

struct hva_gate {
    struct hva_net_fds fds;
    int wake;
    size_t limit;
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    bool stop, overflow;
    struct queue held, seen;
    struct cutter out_cut, seen_cut; /* the thread's; the caller's once it is joined */
};

static int queue_add(struct queue *q, const uint8_t *frame, size_t len, size_t limit)
{
    if (q->len + len > limit)
        return -ENOSPC;
    if (q->len + len > q->size) {
        size_t size = q->size ? q->size * 2 : 65536;
        uint8_t *data;

        while (size < q->len + len)
            size *= 2;
        data = realloc(q->data, size);
        if (!data)
            return -ENOMEM;
        q->data = data;
        q->size = size;
    }
    memcpy(q->data + q->len, frame, len);
    q->len += len;
    q->frames++;
    return 0;
}

/* Moves the whole frames at the cutter's start into the queue. */
static int cut_frames(struct hva_gate *g, struct cutter *c, struct queue *q)
{
    size_t at = 0;

    while (c->have - at >= 4) {
        uint32_t len;

        memcpy(&len, c->buf + at, 4);
        len = ntohl(len);
        if (len > FRAME_MAX)
            return -EPROTO;
        if (c->have - at < 4 + len)
            break;
        if (queue_add(q, c->buf + at, 4 + len, g->limit) < 0)
            g->overflow = true;
        at += 4 + len;
    }
    memmove(c->buf, c->buf + at, c->have - at);
    c->have -= at;
    return 0;
}

/* Reads what is there: 0 when the socket is empty, negative at its end. */
static int drain(struct hva_gate *g, int fd, struct cutter *c, struct queue *q)
{
    for (;;) {
        ssize_t n = recv(fd, c->buf + c->have, sizeof(c->buf) - c->have, MSG_DONTWAIT);
        int r;

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n <= 0)
            return -EPIPE;
        c->have += (size_t)n;
        pthread_mutex_lock(&g->lock);
        r = cut_frames(g, c, q);
        pthread_mutex_unlock(&g->lock);
        if (r < 0)
            return r;
    }
}

static bool stopping(struct hva_gate *g)
{
    bool stop;

    pthread_mutex_lock(&g->lock);
    stop = g->stop;
    pthread_mutex_unlock(&g->lock);
    return stop;
}

static void *gate_main(void *arg)
{
    struct hva_gate *g = arg;
    struct pollfd p[3] = {{.fd = g->fds.out, .events = POLLIN},
                          {.fd = g->fds.seen, .events = POLLIN},
                          {.fd = g->wake, .events = POLLIN}};

    while (!stopping(g)) {
        if (poll(p, 3, -1) < 0 && errno != EINTR)
            break;
        if (p[0].revents && drain(g, g->fds.out, &g->out_cut, &g->held) < 0)
            p[0].fd = -1;
        if (p[1].revents && drain(g, g->fds.seen, &g->seen_cut, &g->seen) < 0)
            p[1].fd = -1;
    }
    return NULL;
}

int hva_gate_new(const struct hva_net_fds *fds, size_t limit, struct hva_gate **ret,
                 struct lu_err *err)
{
    struct hva_gate *g = calloc(1, sizeof(*g));

    if (!g)
        return lu_err_set(err, -ENOMEM, "out of memory");
    g->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (g->wake < 0) {
        free(g);
        return lu_err_errno(err, -errno, "eventfd");
    }
    pthread_mutex_init(&g->lock, NULL);
    g->fds = *fds;
    g->limit = limit;
    if (pthread_create(&g->thread, NULL, gate_main, g) != 0) {
        g->fds = (struct hva_net_fds){-1, -1, -1, -1};
        hva_gate_free(g);
        return lu_err_set(err, -EAGAIN, "no thread for the network hold");
    }
    g->running = true;
    *ret = g;
    return 0;
}

void hva_gate_stats(struct hva_gate *gate, struct hva_gate_stats *ret)
{
    pthread_mutex_lock(&gate->lock);
    *ret = (struct hva_gate_stats){gate->held.frames, gate->held.len, gate->seen.frames,
                                   gate->overflow};
    pthread_mutex_unlock(&gate->lock);
}

static void stop_thread(struct hva_gate *g)
{
    uint64_t one = 1;

    if (!g->running)
        return;
    pthread_mutex_lock(&g->lock);
    g->stop = true;
    pthread_mutex_unlock(&g->lock);
    while (write(g->wake, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
    pthread_join(g->thread, NULL);
    g->running = false;
}

static int send_queue(int fd, const struct queue *q)
{
    size_t at = 0;

    while (at < q->len) {
        ssize_t n = send(fd, q->data + at, q->len - at, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EAGAIN) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};

            if (poll(&p, 1, TAKEN_TIMEOUT_MS) <= 0)
                return -ETIMEDOUT;
        } else if (n < 0 && errno != EINTR) {
            return -errno;
        } else if (n > 0) {
            at += (size_t)n;
        }
    }
    return 0;
}

/* Waits until the other end has read everything that was written. */
static int wait_taken(int fd)
{
    uint64_t start = hva_now_ns();
    struct timespec nap = {.tv_nsec = 100000};

    for (;;) {
        int left = 0;

        if (ioctl(fd, SIOCOUTQ, &left) < 0)
            return -errno;
        if (left == 0)
            return 0;
        if (hva_ms_since(start) > TAKEN_TIMEOUT_MS)
            return -ETIMEDOUT;
        nanosleep(&nap, NULL);
    }
}

static int finish(struct hva_gate *g, int fd, const struct queue *q, const char *what,
                  struct lu_err *err)
{
    int r;

    stop_thread(g);
    drain(g, g->fds.out, &g->out_cut, &g->held);
    drain(g, g->fds.seen, &g->seen_cut, &g->seen);
    r = send_queue(fd, q);
    if (r == 0)
        r = wait_taken(fd);
    return r < 0 ? lu_err_errno(err, r, "%s", what) : 0;
}

int hva_gate_release(struct hva_gate *gate, struct lu_err *err)
{
    return finish(gate, gate->fds.inject, &gate->held, "releasing held network output", err);
}

int hva_gate_discard(struct hva_gate *gate, struct lu_err *err)
{
    return finish(gate, gate->fds.replay, &gate->seen, "giving the guest its network input again",
                  err);
}

void hva_gate_free(struct hva_gate *gate)
{
    if (!gate)
        return;
    stop_thread(gate);
    hva_close_fd(&gate->fds.out);
    hva_close_fd(&gate->fds.inject);
    hva_close_fd(&gate->fds.seen);
    hva_close_fd(&gate->fds.replay);
    hva_close_fd(&gate->wake);
    free(gate->held.data);
    free(gate->seen.data);
    pthread_mutex_destroy(&gate->lock);
    free(gate);
}
