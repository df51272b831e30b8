/* SPDX-License-Identifier: MIT
 *
 * Sockets of one service.  The state is a table of plain structures and one
 * window of memory that net reads and writes through a standing grant, so that
 * the service can be replaced while connections are open: requests under way are
 * in the kernel's queues or in net, and their answers find the new version.
 *
 * Invariants: at most one RECV and one SEND under way per socket; the part of
 * the window that such a request names is not touched until its answer.
 */
#include <lu/sock.h>

#include <string.h>

#include <lu/annotate.h>
#include <lu/event.h>
#include <lu/log.h>
#include <lu/net.h>

#define RETRY_NS 2000000ull /* a full queue of net's is tried again after this */

enum sock_state {
    SOCK_FREE = 0,
    SOCK_OPEN,
    SOCK_DRAINING, /* peer sends no more, or we are done: output, then close */
    SOCK_REFUSED,  /* to be reset */
    SOCK_CLOSING,  /* LU_NET_CLOSE sent, waiting for LU_NET_CLOSED */
};

struct sock {
    enum sock_state state;
    uint64_t id; /* net's number */
    void *user;
    bool recv_busy, send_busy;
    uint32_t rx_pos, rx_len; /* input not consumed: rx_pos..rx_len of the socket's RX part */
    uint32_t tx_pos, tx_len; /* output not taken: tx_pos..tx_len of the socket's TX part */
};

struct sock_window {
    uint8_t rx[SOCK_RX_SIZE];
    uint8_t tx[SOCK_TX_SIZE];
};

NOXFER static const struct sock_service *sock_service; /* set before startup, by every version */
static struct sock socks[SOCK_MAX];
static struct sock_window sock_windows[SOCK_MAX];
static lu_ep sock_net;
static int sock_grant = -1;
static uint64_t sock_attach_cookie;
static bool sock_attach_due, sock_listen_due; /* requests to be posted */
static bool sock_retry;                       /* the alarm is set: something is to be tried again */
static unsigned sock_turn;                    /* which socket is tried first then */

static uint32_t sock_index(const struct sock *s)
{
    return (uint32_t)(s - socks);
}

static uint64_t rx_offset(const struct sock *s)
{
    return (uint64_t)sock_index(s) * sizeof(struct sock_window) + offsetof(struct sock_window, rx);
}

static uint64_t tx_offset(const struct sock *s)
{
    return (uint64_t)sock_index(s) * sizeof(struct sock_window) + offsetof(struct sock_window, tx);
}

static void retry_later(void)
{
    if (sock_retry)
        return;
    sock_retry = true;
    sys_alarm(sys_clock() + RETRY_NS);
}

static bool net_post_msg(struct lu_msg *m)
{
    int ret = sys_post(sock_net, m);

    if (ret == -LU_EAGAIN)
        retry_later();
    return ret == 0;
}

/* Posts to net; false when it has to be tried again. */
static bool net_post(uint32_t type, uint64_t a, uint64_t b, uint64_t c)
{
    struct lu_msg m = {.type = type, .arg = {a, b, c}};

    return net_post_msg(&m);
}

size_t sock_room(const struct sock *s)
{
    return s->send_busy ? SOCK_TX_SIZE - s->tx_len : SOCK_TX_SIZE - (s->tx_len - s->tx_pos);
}

void sock_put(struct sock *s, const void *data, size_t len)
{
    uint8_t *tx = sock_windows[sock_index(s)].tx;

    if (!s->send_busy && s->tx_pos > 0) {
        memmove(tx, tx + s->tx_pos, s->tx_len - s->tx_pos);
        s->tx_len -= s->tx_pos;
        s->tx_pos = 0;
    }
    memcpy(tx + s->tx_len, data, len);
    s->tx_len += (uint32_t)len;
}

static void sock_release(struct sock *s)
{
    if (s->user)
        sock_service->close(s, s->user);
    memset(s, 0, sizeof(*s));
}

static void sock_offer_input(struct sock *s)
{
    uint32_t left = s->rx_len - s->rx_pos;
    size_t used;

    if (s->state != SOCK_OPEN || left == 0)
        return;
    used = sock_service->input(s, s->user, sock_windows[sock_index(s)].rx + s->rx_pos, left);
    s->rx_pos += (uint32_t)(used < left ? used : left);
}

/* Asks net for whatever this socket can do next. */
static void sock_pump(struct sock *s)
{
    if (s->state == SOCK_FREE || s->state == SOCK_CLOSING)
        return;
    if (s->state == SOCK_REFUSED) {
        if (net_post(LU_NET_CLOSE, s->id, 1, 0))
            s->state = SOCK_CLOSING;
        return;
    }
    sock_offer_input(s);
    if (!s->send_busy && s->tx_pos < s->tx_len)
        s->send_busy =
            net_post(LU_NET_SEND, s->id, tx_offset(s) + s->tx_pos, s->tx_len - s->tx_pos);
    if (s->state == SOCK_OPEN && !s->recv_busy && s->rx_pos == s->rx_len) {
        s->rx_pos = s->rx_len = 0;
        s->recv_busy = net_post(LU_NET_RECV, s->id, rx_offset(s), SOCK_RX_SIZE);
    }
    if (s->state == SOCK_DRAINING && s->tx_pos == s->tx_len && net_post(LU_NET_CLOSE, s->id, 0, 0))
        s->state = SOCK_CLOSING;
}

static struct sock *sock_find(uint64_t id)
{
    for (unsigned i = 0; i < SOCK_MAX; i++)
        if (socks[i].state != SOCK_FREE && socks[i].id == id)
            return &socks[i];
    return NULL;
}

static struct sock *sock_find_free(void)
{
    for (unsigned i = 0; i < SOCK_MAX; i++)
        if (socks[i].state == SOCK_FREE)
            return &socks[i];
    return NULL;
}

static void on_accept(const struct lu_msg *m)
{
    struct sock *s = sock_find_free();

    if (!s) {
        lu_log("sock: net opened more than the %u sockets we asked for", SOCK_MAX);
        return;
    }
    s->id = m->arg[0];
    s->state = SOCK_OPEN;
    if (sock_service->open(s, &s->user) < 0) {
        s->user = NULL;
        s->state = SOCK_REFUSED;
    }
    sock_pump(s);
}

static void on_received(struct sock *s, const struct lu_msg *m)
{
    if (!s->recv_busy || m->arg[2] > SOCK_RX_SIZE)
        return;
    s->recv_busy = false;
    if (m->status < 0)
        return; /* LU_NET_CLOSED follows */
    s->rx_pos = 0;
    s->rx_len = (uint32_t)m->arg[2];
    if (s->rx_len == 0 && s->state == SOCK_OPEN)
        s->state = SOCK_DRAINING;
    sock_pump(s);
}

static void on_sent(struct sock *s, const struct lu_msg *m)
{
    if (!s->send_busy || m->arg[2] > s->tx_len - s->tx_pos)
        return;
    s->send_busy = false;
    if (m->status < 0)
        return;
    s->tx_pos += (uint32_t)m->arg[2];
    if (s->tx_pos == s->tx_len)
        s->tx_pos = s->tx_len = 0;
    sock_pump(s);
}

/* Attach and listen, as far as they are due. */
static void net_ask(void)
{
    struct lu_msg attach = {
        .type = LU_NET_ATTACH,
        .arg = {(uint64_t)sock_grant, sizeof(sock_windows), sock_attach_cookie, SOCK_MAX}};

    if (sock_attach_due && net_post_msg(&attach))
        sock_attach_due = false;
    if (sock_listen_due && net_post(LU_NET_LISTEN, sock_service->port, SOCK_MAX, 0))
        sock_listen_due = false;
}

/* Everything that the net server of before had from us is gone. */
static void net_forget(void)
{
    for (unsigned i = 0; i < SOCK_MAX; i++)
        if (socks[i].state != SOCK_FREE)
            sock_release(&socks[i]);
    if (sock_grant >= 0)
        sys_grant_end((uint32_t)sock_grant);
    sock_grant = -1;
    sock_net = LU_EP_NONE;
    sock_attach_due = sock_listen_due = false;
}

/* Attaches if net is new (first start, or restarted); else does nothing. */
static void net_look(void)
{
    long net = sys_lookup("net");

    if (net >= 0 && (lu_ep)net == sock_net)
        return;
    net_forget();
    if (net >= 0)
        sock_grant = sys_grant_new((lu_ep)net, sock_windows, sizeof(sock_windows),
                                   LU_GRANT_READ | LU_GRANT_WRITE);
    if (sock_grant < 0) { /* has not started yet, or just died */
        retry_later();
        return;
    }
    sock_net = (lu_ep)net;
    sock_attach_cookie++;
    sock_attach_due = true;
    net_ask();
}

static void on_attached(const struct lu_msg *m)
{
    if (m->arg[2] != sock_attach_cookie)
        return;
    if (m->status < 0) {
        lu_log("sock: net refused us: %s", lu_strerror(m->status));
        return;
    }
    sock_listen_due = true;
    net_ask();
}

/* Up to the first that net's full queue keeps back: that one's turn comes first then. */
static void pump_all(void)
{
    unsigned first = sock_turn;

    for (unsigned n = 0; n < SOCK_MAX && !sock_retry; n++) {
        sock_turn = (first + n) % SOCK_MAX;
        sock_pump(&socks[sock_turn]);
    }
}

static void on_kernel(const struct lu_msg *m)
{
    if (m->arg[0] & LU_NOTE_ALARM)
        sock_retry = false;
    net_look();
    net_ask();
    pump_all();
}

static void on_net(const struct lu_msg *m)
{
    struct sock *s = sock_find(m->arg[0]);

    switch (m->type) {
    case LU_NET_ATTACHED:
        on_attached(m);
        break;
    case LU_NET_LISTENED:
        if (m->status < 0)
            lu_log("sock: port %u: %s", (unsigned)m->arg[0], lu_strerror(m->status));
        break;
    case LU_NET_ACCEPT:
        on_accept(m);
        break;
    case LU_NET_RECVD:
        if (s)
            on_received(s, m);
        break;
    case LU_NET_SENT:
        if (s)
            on_sent(s, m);
        break;
    case LU_NET_CLOSED:
        if (s)
            sock_release(s);
        break;
    default:
        break;
    }
}

static int sock_init(void)
{
    net_look();
    return 0;
}

int sock_serve(const struct sock_service *service)
{
    static const struct event_handlers handlers = {
        .init_fresh = sock_init,
    };
    struct lu_msg m;

    sock_service = service;
    sys_startup(&handlers);
    while (sys_receive(&m) == 0) {
        if (m.source == LU_EP_KERNEL && (m.flags & LU_MSGF_NOTIFY))
            on_kernel(&m);
        else if (m.source == sock_net)
            on_net(&m);
        else if (m.flags & LU_MSGF_CALL) {
            m.status = -LU_ENOSYS;
            sys_reply(m.source, &m);
        }
    }
    return 1;
}
