/* SPDX-License-Identifier: MIT
 *
 * Channel I/O and the first line of defence against what a guest sends.
 */
#include "link.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"

/* What a guest may send, and how long it may be. */
struct shape {
    const char *word;
    bool from_guest;
    uint32_t fixed, record; /* fixed part, then any number of records */
};

static const struct shape shapes[] = {
    [LU_CH_HELLO] = {"hello", false, 0, 0},
    [LU_CH_STATUS] = {"status", true, sizeof(struct lu_ch_status), sizeof(struct lu_ch_component)},
    [LU_CH_QUERY] = {"query", false, 0, 0},
    [LU_CH_STAGE_BEGIN] = {"stage begin", false, 0, 0},
    [LU_CH_STAGE_DATA] = {"stage data", false, 0, 0},
    [LU_CH_STAGE_RULES] = {"stage rules", false, 0, 0},
    [LU_CH_STAGE_END] = {"stage end", false, 0, 0},
    [LU_CH_PREPARE] = {"prepare", false, 0, 0},
    [LU_CH_READY] = {"ready", true, sizeof(struct lu_ch_txn), 0},
    [LU_CH_PROCEED] = {"proceed", false, 0, 0},
    [LU_CH_PROGRESS] = {"progress", true, sizeof(struct lu_ch_progress), 0},
    [LU_CH_INITED] = {"inited", true, sizeof(struct lu_ch_txn), sizeof(struct lu_ch_result)},
    [LU_CH_COMMIT] = {"commit", false, 0, 0},
    [LU_CH_COMMITTED] = {"committed", true, sizeof(struct lu_ch_txn), 0},
    [LU_CH_UNDO] = {"undo", false, 0, 0},
    [LU_CH_UNDONE] = {"undone", true, sizeof(struct lu_ch_undone), 0},
    [LU_CH_RESTORED] = {"restored", false, 0, 0},
    [LU_CH_FAILED] = {"failed", true, sizeof(struct lu_ch_failed), 0},
    [LU_CH_OK] = {"ok", true, 0, 0},
    [LU_CH_HEARTBEAT] = {"heartbeat", true, sizeof(struct lu_ch_heartbeat), 0},
    [LU_CH_LEASE] = {"lease", false, 0, 0},
    [LU_CH_EVENT] = {"event", true, sizeof(struct lu_ch_event), 0},
    [LU_CH_ERROR] = {"error", true, sizeof(struct lu_ch_failed), 0},
};
#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

const char *hva_frame_word(unsigned type)
{
    return type < N_SHAPES && shapes[type].word ? shapes[type].word : "unknown";
}

void hva_link_open(struct hva_link *link, int fd, const char *guest)
{
    memset(link, 0, sizeof(*link));
    link->fd = fd;
    snprintf(link->area, sizeof(link->area), "guest %s", guest);
    hva_link_new_epoch(link);
}

void hva_link_close(struct hva_link *link)
{
    hva_close_fd(&link->fd);
}

void hva_link_new_epoch(struct hva_link *link)
{
    uint32_t epoch = 0;

    if (hva_random(&epoch, sizeof(epoch)) < 0 || epoch == link->epoch || epoch == 0)
        epoch = link->epoch + 1;
    link->epoch = epoch;
    link->seq = 0;
}

static int wait_room(int fd, uint64_t deadline)
{
    uint64_t now = hva_now_ns();
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int n;

    if (now >= deadline)
        return -ETIMEDOUT;
    n = poll(&p, 1, (int)((deadline - now) / 1000000) + 1);
    return n < 0 && errno != EINTR ? -errno : 0;
}

static int send_bytes(int fd, struct iovec *iov, size_t n_iov, uint64_t deadline)
{
    while (n_iov) {
        struct msghdr msg = {.msg_iov = iov, .msg_iovlen = n_iov};
        ssize_t n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EAGAIN) {
            int r = wait_room(fd, deadline);

            if (r < 0)
                return r;
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -EPIPE;
        while (n_iov && (size_t)n >= iov->iov_len) {
            n -= (ssize_t)iov->iov_len;
            iov++;
            n_iov--;
        }
        if (n_iov) {
            iov->iov_base = (char *)iov->iov_base + n;
            iov->iov_len -= (size_t)n;
        }
    }
    return 0;
}

int hva_link_send(struct hva_link *link, uint16_t type, const void *payload, uint32_t len,
                  int timeout_ms, struct lu_err *err)
{
    struct lu_frame head;
    struct iovec iov[2] = {{.iov_base = &head, .iov_len = sizeof(head)}};
    int r;

    if (link->fd < 0)
        return lu_err_set(err, -EPIPE, "no connection to the guest's channel");
    lu_frame_make(&head, type, link->epoch, ++link->seq, 0, payload, len);
    memcpy(&iov[1].iov_base, &payload, sizeof(payload));
    iov[1].iov_len = len;
    r = send_bytes(link->fd, iov, len ? 2 : 1, hva_now_ns() + (uint64_t)timeout_ms * 1000000u);
    if (r == 0)
        return 0;
    hva_link_close(link);
    return lu_err_errno(err, r, "sending the guest a %s frame", hva_frame_word(type));
}

static void drop(struct hva_link *link, const char *why, unsigned type)
{
    link->dropped++;
    if (link->dropped <= 20 || link->dropped % 1000 == 0)
        hva_warn(link->area, "dropped what the guest sent (%s frame): %s; %llu so far",
                 hva_frame_word(type), why, (unsigned long long)link->dropped);
}

static bool acceptable(struct hva_link *link, const struct lu_frame *f)
{
    const struct shape *s = f->type < N_SHAPES ? &shapes[f->type] : NULL;

    if (!s || !s->from_guest) {
        drop(link, "not for a guest to send", f->type);
        return false;
    }
    if (f->len < s->fixed || (s->record ? (f->len - s->fixed) % s->record : f->len - s->fixed)) {
        drop(link, "wrong length", f->type);
        return false;
    }
    if (f->epoch != link->epoch) {
        if (f->type != LU_CH_HEARTBEAT) /* expected after a restart or restore */
            hva_debug(link->area, "dropped a %s frame of another epoch", hva_frame_word(f->type));
        return false;
    }
    return true;
}

/* 1: a good frame, 0: the reader wants more bytes. */
static int next_frame(struct hva_link *link, struct hva_frame *ret)
{
    for (;;) {
        enum lu_frame_fault fault = LU_FRAME_GARBAGE;
        int r = lu_frame_next(&link->reader, &ret->head, &ret->payload, &fault);

        if (r == 0 && link->in_at < link->in_len) {
            link->in_at +=
                lu_frame_feed(&link->reader, link->in + link->in_at, link->in_len - link->in_at);
            continue;
        }
        if (r == 0)
            return 0;
        if (r < 0)
            drop(link, lu_frame_fault_text(fault), 0);
        else if (acceptable(link, &ret->head))
            return 1;
    }
}

int hva_link_recv(struct hva_link *link, int timeout_ms, struct hva_frame *ret, struct lu_err *err)
{
    uint64_t deadline = hva_now_ns() + (uint64_t)timeout_ms * 1000000u;
    bool looked = false;

    if (link->fd < 0)
        return lu_err_set(err, -EPIPE, "no connection to the guest's channel");
    for (;; looked = true) {
        struct pollfd p = {.fd = link->fd, .events = POLLIN};
        uint64_t now;
        ssize_t n;

        if (next_frame(link, ret))
            return 1;
        now = hva_now_ns();
        if (looked && now >= deadline)
            return 0; /* a guest that sends nothing but nonsense can't keep us here */
        n = poll(&p, 1, now < deadline ? (int)((deadline - now + 999999) / 1000000) : 0);
        if (n == 0 || (n < 0 && errno == EINTR))
            return 0;
        n = recv(link->fd, link->in, sizeof(link->in), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0) {
            hva_link_close(link);
            return lu_err_set(err, -EPIPE, "the guest's channel was closed");
        }
        link->in_len = (size_t)n;
        link->in_at = 0;
    }
}
