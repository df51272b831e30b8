/* SPDX-License-Identifier: MIT
 *
 * See link.h.  One byte ring holds outgoing frames; a frame that does not fit as a
 * whole is not begun, so the stream never holds half a frame.
 */
#include "link.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <lu/event.h>
#include <lu/log.h>
#include <lu/update.h>

#define WINDOW_SIZE 16384u
#define OUT_SIZE 65536u /* a power of two */
#define HALF_FRAME_NS 1000000000ull

struct link {
    lu_ep driver;
    int rx_grant, tx_grant; /* < 0: none */
    bool tx_busy;           /* the transmit window is the driver's */
    bool has_epoch;
    uint32_t epoch, seq_out, seq_in;
    uint32_t out_head, out_len;
    uint64_t last_bytes_ns;
    uint64_t dropped;
};

static struct link l = {.rx_grant = -1, .tx_grant = -1};
static struct lu_frame_reader reader;
static uint8_t rx_window[WINDOW_SIZE], tx_window[WINDOW_SIZE];
static uint8_t out[OUT_SIZE];

/* ---- sending ---- */

static void out_put(const void *data, uint32_t len)
{
    uint32_t at = (l.out_head + l.out_len) % OUT_SIZE;
    uint32_t first = len < OUT_SIZE - at ? len : OUT_SIZE - at;

    if (len == 0)
        return;
    memcpy(out + at, data, first);
    memcpy(out, (const uint8_t *)data + first, len - first);
    l.out_len += len;
}

static void out_pump(void)
{
    struct lu_msg m = {.type = LU_CHAN_TX};
    uint32_t n = l.out_len < WINDOW_SIZE ? l.out_len : WINDOW_SIZE;
    uint32_t first = n < OUT_SIZE - l.out_head ? n : OUT_SIZE - l.out_head;

    if (l.driver == LU_EP_NONE || l.tx_busy || n == 0)
        return;
    memcpy(tx_window, out + l.out_head, first);
    memcpy(tx_window + first, out, n - first);
    m.arg[0] = n;
    if (sys_post(l.driver, &m) < 0)
        return; /* it died: its restart attaches again */
    l.tx_busy = true;
    l.out_head = (l.out_head + n) % OUT_SIZE;
    l.out_len -= n;
}

void link_send(uint16_t type, uint32_t reply_to, const void *payload, uint32_t len)
{
    struct lu_frame f;

    if (sizeof(f) + len > OUT_SIZE - l.out_len) {
        if (l.dropped++ == 0)
            lu_log("the host does not read the channel, dropping frames");
        return;
    }
    l.dropped = 0;
    lu_frame_make(&f, type, l.epoch, ++l.seq_out, reply_to, payload, len);
    out_put(&f, sizeof(f));
    out_put(payload, len);
    out_pump();
}

void link_send_error(uint16_t frame_type, uint32_t reply_to, int error, const char *fmt, ...)
{
    struct lu_ch_failed f = {.error = error, .frame_type = frame_type};
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(f.text, sizeof(f.text), fmt, ap);
    va_end(ap);
    link_send(LU_CH_ERROR, reply_to, &f, sizeof(f));
}

bool link_idle(void)
{
    return l.driver != LU_EP_NONE && !l.tx_busy && l.out_len == 0;
}

/* ---- receiving ---- */

void link_set_epoch(uint32_t epoch, uint32_t seq)
{
    l.has_epoch = true;
    l.epoch = epoch;
    l.seq_in = seq;
    l.seq_out = 0;
}

bool link_has_epoch(void)
{
    return l.has_epoch;
}

/* Frames that begin an epoch are judged by session.c alone. */
static bool frame_in_order(const struct lu_frame *f)
{
    if (f->type == LU_CH_HELLO || f->type == LU_CH_RESTORED)
        return true;
    if (!l.has_epoch || f->epoch != l.epoch) {
        link_send_error(f->type, f->seq, -LU_EPROTO, "frame of epoch %u, expected %s%u", f->epoch,
                        l.has_epoch ? "" : "a HELLO, have ", l.epoch);
        return false;
    }
    if (f->seq <= l.seq_in) {
        link_send_error(f->type, f->seq, -LU_EPROTO, "frame number %u came after number %u", f->seq,
                        l.seq_in);
        return false;
    }
    l.seq_in = f->seq;
    return true;
}

static void frames_handle(link_frame_fn *on_frame)
{
    struct lu_frame f;
    const uint8_t *payload;
    enum lu_frame_fault fault;
    int ret;

    while ((ret = lu_frame_next(&reader, &f, &payload, &fault)) != 0) {
        if (ret < 0)
            link_send_error(0, 0, -LU_EBADMSG, "dropped: %s", lu_frame_fault_text(fault));
        else if (f.type == LU_CH_ERROR)
            lu_log("the agent dropped a frame"); /* never answered: no loop of errors */
        else if (frame_in_order(&f))
            on_frame(&f, payload);
    }
}

static void on_received(uint64_t len, link_frame_fn *on_frame)
{
    struct lu_msg done = {.type = LU_CHAN_RX_DONE};

    if (len > WINDOW_SIZE)
        len = 0;
    for (size_t at = 0; at < len;) {
        at += lu_frame_feed(&reader, rx_window + at, len - at);
        frames_handle(on_frame);
    }
    l.last_bytes_ns = sys_clock();
    sys_post(l.driver, &done);
}

void link_message(const struct lu_msg *m, link_frame_fn *on_frame)
{
    if (m->source != l.driver)
        return;
    if (m->type == LU_CHAN_RX) {
        on_received(m->arg[0], on_frame);
    } else if (m->type == LU_CHAN_TX_DONE) {
        l.tx_busy = false;
        out_pump();
    }
}

uint64_t link_deadline(void)
{
    return lu_frame_pending(&reader) ? l.last_bytes_ns + HALF_FRAME_NS : 0;
}

void link_timeout(uint64_t now, link_frame_fn *on_frame)
{
    if (link_deadline() == 0 || now < link_deadline())
        return;
    if (lu_frame_cut(&reader))
        link_send_error(0, 0, -LU_EBADMSG, "dropped: %s", lu_frame_fault_text(LU_FRAME_CUT));
    frames_handle(on_frame);
    l.last_bytes_ns = now;
}

/* ---- attaching ---- */

static int window_grant(int old, lu_ep driver, const void *window, uint32_t access)
{
    if (old >= 0)
        sys_grant_end((uint32_t)old);
    return sys_grant_new(driver, window, WINDOW_SIZE, access);
}

void link_attach(void)
{
    struct lu_msg m = {.type = LU_CHAN_ATTACH};
    long driver = sys_lookup("channel");

    l.driver = LU_EP_NONE;
    l.tx_busy = false;
    if (driver < 0)
        return;
    lu_frame_reset(&reader);
    l.rx_grant = window_grant(l.rx_grant, (lu_ep)driver, rx_window, LU_GRANT_WRITE);
    l.tx_grant = window_grant(l.tx_grant, (lu_ep)driver, tx_window, LU_GRANT_READ);
    m.arg[0] = (uint64_t)l.rx_grant;
    m.arg[1] = WINDOW_SIZE;
    m.arg[2] = (uint64_t)l.tx_grant;
    m.arg[3] = WINDOW_SIZE;
    if (l.rx_grant < 0 || l.tx_grant < 0 || sys_post((lu_ep)driver, &m) < 0) {
        lu_log("cannot attach to the channel driver");
        return;
    }
    l.driver = (lu_ep)driver;
    out_pump();
}
