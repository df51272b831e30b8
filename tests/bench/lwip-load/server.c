/* SPDX-License-Identifier: MIT
 *
 * The server's end: connections as guestos/servers/net/conn.c has them.  lwIP's
 * callbacks only note what happened; after each batch of frames everything that
 * became possible is done.
 */
#include "load.h"

#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONNS 64u
#define CHUNK 4096u

struct conn {
    struct tcp_pcb *pcb; /* NULL: entry is free */
    struct pbuf *rx;
    uint32_t rx_pending;
    struct load_request request;
    uint32_t header; /* bytes of it that are here */
    bool eof;
};

static struct conn conns[MAX_CONNS];

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    struct conn *c = arg;

    (void)pcb;
    (void)err;
    if (!p) {
        c->eof = true;
        return ERR_OK;
    }
    c->rx_pending += p->tot_len;
    if (c->rx)
        pbuf_cat(c->rx, p);
    else
        c->rx = p;
    return ERR_OK;
}

static void conn_clear(struct conn *c)
{
    if (c->rx)
        pbuf_free(c->rx);
    memset(c, 0, sizeof(*c));
}

static void on_error(void *arg, err_t err)
{
    (void)err;
    conn_clear(arg);
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg;
    if (err != ERR_OK || !pcb)
        return ERR_VAL;
    for (unsigned i = 0; i < MAX_CONNS; i++) {
        struct conn *c = &conns[i];

        if (c->pcb)
            continue;
        c->pcb = pcb;
        tcp_arg(pcb, c);
        tcp_recv(pcb, on_received);
        tcp_err(pcb, on_error);
        tcp_nagle_disable(pcb);
        ip_set_option(pcb, SOF_KEEPALIVE);
        return ERR_OK;
    }
    return ERR_MEM;
}

static void conn_close(struct conn *c)
{
    struct tcp_pcb *pcb = c->pcb;

    if (c->rx_pending > 0)
        tcp_recved(pcb, (u16_t)c->rx_pending);
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_err(pcb, NULL);
    if (tcp_close(pcb) != ERR_OK)
        tcp_abort(pcb);
    conn_clear(c);
}

static void rx_consume(struct conn *c, uint32_t n)
{
    c->rx = pbuf_free_header(c->rx, (u16_t)n);
    c->rx_pending -= n;
    tcp_recved(c->pcb, (u16_t)n);
}

/* Takes the request's header, then its body. */
static void conn_take(struct conn *c)
{
    uint32_t n = (uint32_t)sizeof(c->request) - c->header;

    if (n > 0) {
        n = n < c->rx_pending ? n : c->rx_pending;
        pbuf_copy_partial(c->rx, (uint8_t *)&c->request + c->header, (u16_t)n, 0);
        c->header += n;
    } else {
        n = c->request.in < c->rx_pending ? c->request.in : c->rx_pending;
        n = n < CHUNK ? n : CHUNK;
        c->request.in -= n;
    }
    rx_consume(c, n);
}

static void conn_answer(struct conn *c)
{
    static const uint8_t data[CHUNK];
    bool any = false;

    while (c->request.out > 0) {
        uint32_t n = c->request.out < CHUNK ? c->request.out : CHUNK;
        uint32_t room = tcp_sndbuf(c->pcb);

        n = n < room ? n : room;
        if (n == 0 || tcp_sndqueuelen(c->pcb) >= TCP_SND_QUEUELEN ||
            tcp_write(c->pcb, data, (u16_t)n, TCP_WRITE_FLAG_COPY) != ERR_OK)
            break;
        c->request.out -= n;
        any = true;
    }
    if (any)
        tcp_output(c->pcb);
}

static bool conn_asked(const struct conn *c)
{
    return c->header == sizeof(c->request) && c->request.in == 0;
}

static void conn_pump(struct conn *c)
{
    while (c->rx_pending > 0 && !conn_asked(c))
        conn_take(c);
    if (conn_asked(c)) {
        conn_answer(c);
        if (c->request.out == 0 && c->request.hang_up) {
            conn_close(c);
            return;
        }
        if (c->request.out == 0)
            c->header = 0;
    }
    if (c->eof && c->rx_pending == 0 && c->header == 0)
        conn_close(c);
}

void server_start(const struct load_end *end)
{
    struct tcp_pcb *pcb;

    load_netif_start(end, LOAD_SERVER_HOST);
    pcb = tcp_new();
    if (!pcb || tcp_bind(pcb, IP_ADDR_ANY, LOAD_PORT) != ERR_OK)
        abort();
    tcp_accept(tcp_listen_with_backlog(pcb, 32), on_accept);
}

void server_frame(const uint8_t *frame, uint32_t len)
{
    load_netif_frame(frame, len);
}

void server_step(void)
{
    sys_check_timeouts();
    for (unsigned i = 0; i < MAX_CONNS; i++)
        if (conns[i].pcb)
            conn_pump(&conns[i]);
}
