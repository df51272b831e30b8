/* SPDX-License-Identifier: MIT
 *
 * Connections: data between lwIP's buffers and the clients' windows, with
 * back-pressure both ways.  Bytes that a client has not taken keep the TCP window
 * closed; bytes that TCP has no room for are left to the client (SENT tells how
 * many were taken).
 */
#include "conn.h"

#include <string.h>

#include <lu/annotate.h>
#include <lu/net.h>
#include <lu/sys.h>

#include "client.h"
#include "iface.h"
#include "stats.h"

#define POLL_HALF_SECONDS 2 /* how often a request waiting for memory is tried again */

static struct net_conn conns[NET_MAX_CONNS];
static uint16_t conn_generation;
NOXFER static uint8_t conn_chunk[4096]; /* between a window and lwIP */
static unsigned conn_turn;   /* whose turn it is when there is room in the client's queue */
static unsigned output_turn; /* and when there are slots for frames */

static uint64_t conn_id(const struct net_conn *conn)
{
    return (uint64_t)conn->generation << 16 | (uint64_t)(conn - conns);
}

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    struct net_conn *conn = arg;

    (void)pcb;
    (void)err;
    if (!p) {
        conn->eof = true;
        return ERR_OK;
    }
    conn->rx_pending += p->tot_len;
    if (conn->rx)
        pbuf_cat(conn->rx, p);
    else
        conn->rx = p;
    return ERR_OK;
}

/* The pcb is gone already: reset by the peer, timed out, out of memory. */
static void on_error(void *arg, err_t err)
{
    struct net_conn *conn = arg;

    conn->pcb = NULL;
    conn->end_status = err == ERR_MEM ? -LU_ENOMEM : -LU_EIO;
}

/* Wakes the event loop's pump; there is nothing else to do. */
static err_t on_poll(void *arg, struct tcp_pcb *pcb)
{
    (void)arg;
    (void)pcb;
    return ERR_OK;
}

static void pcb_detach(struct tcp_pcb *pcb)
{
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_err(pcb, NULL);
    tcp_poll(pcb, NULL, 0);
}

static void rx_drop(struct net_conn *conn)
{
    if (conn->pcb && conn->rx_pending > 0)
        tcp_recved(conn->pcb, (u16_t)conn->rx_pending);
    if (conn->rx)
        pbuf_free(conn->rx);
    conn->rx = NULL;
    conn->rx_pending = 0;
}

static void conn_abort(struct net_conn *conn)
{
    struct tcp_pcb *pcb = conn->pcb;

    conn->pcb = NULL;
    rx_drop(conn);
    if (pcb) {
        pcb_detach(pcb);
        tcp_abort(pcb);
    }
}

struct net_conn *conn_new(struct net_client *client, struct tcp_pcb *pcb, uint16_t port)
{
    for (unsigned i = 0; i < NET_MAX_CONNS; i++) {
        struct net_conn *conn = &conns[i];

        if (conn->client)
            continue;
        *conn = (struct net_conn){.client = client,
                                  .pcb = pcb,
                                  .generation = ++conn_generation,
                                  .port = port,
                                  .peer_port = pcb->remote_port,
                                  .peer_addr = lwip_ntohl(ip4_addr_get_u32(&pcb->remote_ip))};
        tcp_arg(pcb, conn);
        tcp_recv(pcb, on_received);
        tcp_err(pcb, on_error);
        tcp_poll(pcb, on_poll, POLL_HALF_SECONDS);
        tcp_nagle_disable(pcb);
        ip_set_option(pcb, SOF_KEEPALIVE);
        net_stats.accepted++;
        return conn;
    }
    return NULL;
}

static void conn_free(struct net_conn *conn)
{
    conn->client->n_conns--;
    memset(conn, 0, sizeof(*conn));
}

struct net_conn *conn_find(const struct net_client *client, uint64_t id)
{
    struct net_conn *conn;

    if ((id & 0xffff) >= NET_MAX_CONNS)
        return NULL;
    conn = &conns[id & 0xffff];
    return conn->client == client && conn_id(conn) == id ? conn : NULL;
}

void conn_drop_all(const struct net_client *client)
{
    for (unsigned i = 0; i < NET_MAX_CONNS; i++)
        if (conns[i].client == client) {
            conn_abort(&conns[i]);
            conn_free(&conns[i]);
        }
}

unsigned conn_count(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < NET_MAX_CONNS; i++)
        n += conns[i].client != NULL;
    return n;
}

static int request_start(struct net_request *request, uint32_t offset, uint32_t len)
{
    if (request->state != NET_REQUEST_NONE)
        return -LU_EBUSY;
    *request = (struct net_request){.state = NET_REQUEST_WAITING, .offset = offset, .len = len};
    return 0;
}

int conn_recv(struct net_conn *conn, uint32_t offset, uint32_t len)
{
    return conn->closing ? 0 : request_start(&conn->recv, offset, len);
}

int conn_send(struct net_conn *conn, uint32_t offset, uint32_t len)
{
    return conn->closing ? 0 : request_start(&conn->send, offset, len);
}

void conn_close(struct net_conn *conn, bool reset)
{
    conn->closing = true;
    conn->resetting = reset;
}

/* Takes `size` bytes from a chain's front and frees the buffers that they filled.
 * (lwIP has pbuf_free_header for that, but only since 2.1.) */
static struct pbuf *chain_consume(struct pbuf *chain, u16_t size)
{
    while (chain && size >= chain->len) {
        struct pbuf *rest = chain->next;

        size = (u16_t)(size - chain->len);
        chain->next = NULL;
        pbuf_free(chain);
        chain = rest;
    }
    if (chain && size > 0)
        pbuf_header(chain, (s16_t)-size);
    return chain;
}

/* Copies what has arrived into the client's window. */
static int recv_advance(struct net_conn *conn)
{
    struct net_request *r = &conn->recv;
    uint32_t len = (uint32_t)conn->rx_pending < r->len ? (uint32_t)conn->rx_pending : r->len;

    if (len == 0 && !conn->eof)
        return 0;
    for (struct pbuf *p = conn->rx; p && r->done < len; p = p->next) {
        uint32_t part = p->len < len - r->done ? p->len : len - r->done;
        int ret = client_write(conn->client, r->offset + r->done, p->payload, part);

        if (ret < 0)
            return ret;
        r->done += part;
    }
    if (r->done > 0) {
        conn->rx = chain_consume(conn->rx, (u16_t)r->done);
        conn->rx_pending -= (int)r->done;
        net_stats.rx_bytes += r->done;
        if (conn->pcb)
            tcp_recved(conn->pcb, (u16_t)r->done);
    }
    r->state = NET_REQUEST_DONE;
    return 0;
}

/* Takes from the client's window what TCP has room for. */
static int send_advance(struct net_conn *conn)
{
    struct net_request *s = &conn->send;

    while (s->done < s->len) {
        uint32_t len = s->len - s->done, room = tcp_sndbuf(conn->pcb);
        int ret;

        len = len < room ? len : room;
        len = len < sizeof(conn_chunk) ? len : sizeof(conn_chunk);
        if (len == 0 || tcp_sndqueuelen(conn->pcb) >= TCP_SND_QUEUELEN)
            break;
        ret = client_read(conn->client, s->offset + s->done, conn_chunk, len);
        if (ret < 0)
            return ret;
        if (tcp_write(conn->pcb, conn_chunk, (u16_t)len, TCP_WRITE_FLAG_COPY) != ERR_OK)
            break;
        s->done += len;
    }
    if (s->done > 0) {
        net_stats.tx_bytes += s->done;
        s->state = NET_REQUEST_DONE;
        tcp_output(conn->pcb);
    }
    return 0;
}

/* Posts the answer of a request that is done. */
static int request_answer(struct net_conn *conn, struct net_request *request, uint32_t type)
{
    struct lu_msg m = {.type = type, .arg = {conn_id(conn), request->offset, request->done}};
    int ret;

    if (request->state != NET_REQUEST_DONE)
        return 0;
    ret = client_post(conn->client, &m);
    if (ret == 0)
        request->state = NET_REQUEST_NONE;
    return ret;
}

static int conn_announce(struct net_conn *conn)
{
    struct lu_msg m = {.type = LU_NET_ACCEPT,
                       .arg = {conn_id(conn), conn->port, conn->peer_addr, conn->peer_port}};
    int ret = conn->announced ? 0 : client_post(conn->client, &m);

    if (ret == 0)
        conn->announced = true;
    return ret;
}

/* Ends the TCP connection as the client wishes.  False: no memory for the FIN. */
static bool conn_hang_up(struct net_conn *conn)
{
    struct tcp_pcb *pcb = conn->pcb;

    if (!pcb)
        return true;
    if (conn->resetting) {
        conn_abort(conn);
        return true;
    }
    rx_drop(conn); /* TCP must not answer unread input with a reset */
    pcb_detach(pcb);
    if (tcp_close(pcb) != ERR_OK) {
        tcp_arg(pcb, conn);
        tcp_recv(pcb, on_received);
        tcp_err(pcb, on_error);
        tcp_poll(pcb, on_poll, POLL_HALF_SECONDS);
        return false;
    }
    conn->pcb = NULL;
    return true;
}

static int conn_finish(struct net_conn *conn)
{
    struct lu_msg m = {.type = LU_NET_CLOSED, .arg = {conn_id(conn)}};
    int ret;

    if (conn->closing && !conn_hang_up(conn))
        return 0;
    m.status = conn->closing ? 0 : conn->end_status;
    ret = client_post(conn->client, &m);
    if (ret == 0) {
        rx_drop(conn);
        conn_free(conn);
    }
    return ret;
}

/* What one connection can do now.  0, or the error of the client's endpoint. */
static int conn_pump(struct net_conn *conn)
{
    int ret = conn_announce(conn);

    if (ret == 0 && !conn->closing && conn->recv.state == NET_REQUEST_WAITING && conn->pcb)
        ret = recv_advance(conn);
    if (ret == 0)
        ret = request_answer(conn, &conn->recv, LU_NET_RECVD);
    if (ret == 0 && !conn->closing && conn->send.state == NET_REQUEST_WAITING && conn->pcb)
        ret = send_advance(conn);
    if (ret == 0)
        ret = request_answer(conn, &conn->send, LU_NET_SENT);
    if (ret == 0 && (conn->closing || !conn->pcb))
        ret = conn_finish(conn);
    return ret;
}

/* Starts with the first one that a full queue kept back the last time, so that the ones
 * before it do not take all of the room again. */
bool conn_pump_all(void)
{
    unsigned first = conn_turn;
    bool all = true;

    for (unsigned n = 0; n < NET_MAX_CONNS; n++) {
        unsigned i = (first + n) % NET_MAX_CONNS;
        struct net_client *client = conns[i].client;
        int ret = client ? conn_pump(&conns[i]) : 0;

        if (ret == -LU_EAGAIN && all) {
            all = false;
            conn_turn = i;
        } else if (ret < 0 && ret != -LU_EAGAIN) {
            client_drop(client, ret);
        }
    }
    return all;
}

void conn_output_all(void)
{
    unsigned first = output_turn;

    for (unsigned n = 0; n < NET_MAX_CONNS && !iface_starved(); n++) {
        unsigned i = (first + n) % NET_MAX_CONNS;
        uint32_t sent = net_stats.tx_frames;

        if (conns[i].client && conns[i].pcb)
            tcp_output(conns[i].pcb);
        output_turn = iface_starved() && net_stats.tx_frames == sent ? i : i + 1;
    }
}

LU_INVARIANT(conns_counted, "all(k in clients: k->n_conns == count(c in conns: c->client == k))");
