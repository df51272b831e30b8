/* SPDX-License-Identifier: MIT
 *
 * The clients' end: each of them connects, makes requests of its kind (terminal
 * lines, uploads, downloads, one-shot requests), hangs up and begins again.  A
 * connection that fails, or an answer of another length, ends the program.
 */
#include "load.h"

#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_CLIENTS 56u
#define CHUNK 4096u

#define EXPORT __attribute__((visibility("default")))

enum client_kind { KIND_TERMINAL, KIND_UPLOAD, KIND_DOWNLOAD, KIND_ONE_SHOT, KINDS };

struct client {
    struct tcp_pcb *pcb; /* NULL: not connected */
    bool connected, eof;
    bool asked;        /* a request is under way */
    uint32_t requests; /* left on this connection */
    uint32_t to_send, to_receive;
    bool hang_up;     /* the server closes after this one */
    uint64_t next_us; /* when it goes on */
};

static struct client clients[N_CLIENTS];
static uint64_t answered;
static const uint64_t *now_us;

static uint32_t rnd(uint32_t below)
{
    static uint64_t seed = 99;

    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((seed >> 33) * below >> 31);
}

static enum client_kind kind_of(const struct client *c)
{
    static const enum client_kind mix[] = {KIND_TERMINAL, KIND_TERMINAL, KIND_ONE_SHOT,
                                           KIND_DOWNLOAD, KIND_TERMINAL, KIND_UPLOAD,
                                           KIND_ONE_SHOT};

    return mix[(size_t)(c - clients) % (sizeof(mix) / sizeof(mix[0]))];
}

_Noreturn static void fail(const struct client *c, const char *what)
{
    fprintf(stderr, "client %u at %llu us: %s\n", (unsigned)(c - clients),
            (unsigned long long)*now_us, what);
    exit(1);
}

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    struct client *c = arg;

    (void)err;
    if (!p) {
        c->eof = true;
        return ERR_OK;
    }
    if (p->tot_len > c->to_receive)
        fail(c, "more was answered than was asked for");
    c->to_receive -= p->tot_len;
    tcp_recved(pcb, p->tot_len);
    pbuf_free(p);
    return ERR_OK;
}

static void on_error(void *arg, err_t err)
{
    fail(arg, lwip_strerr(err));
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct client *c = arg;

    (void)pcb;
    (void)err;
    c->connected = true;
    return ERR_OK;
}

static void client_connect(struct client *c)
{
    ip4_addr_t server;

    *c = (struct client){.pcb = tcp_new(), .next_us = *now_us};
    if (!c->pcb)
        fail(c, "no memory");
    c->requests = kind_of(c) == KIND_ONE_SHOT ? 1 : 5 + rnd(40);
    tcp_arg(c->pcb, c);
    tcp_recv(c->pcb, on_received);
    tcp_err(c->pcb, on_error);
    tcp_nagle_disable(c->pcb);
    IP4_ADDR(&server, 10, 0, 2, LOAD_SERVER_HOST);
    if (tcp_connect(c->pcb, &server, LOAD_PORT, on_connected) != ERR_OK)
        fail(c, "cannot connect");
}

static void client_hang_up(struct client *c)
{
    tcp_arg(c->pcb, NULL);
    tcp_recv(c->pcb, NULL);
    tcp_err(c->pcb, NULL);
    if (tcp_close(c->pcb) != ERR_OK)
        fail(c, "cannot close");
    c->pcb = NULL;
    c->next_us = *now_us + 1000 + rnd(20000);
}

static void client_ask(struct client *c)
{
    struct load_request r = {0};

    switch (kind_of(c)) {
    case KIND_TERMINAL:
        r.in = 1 + rnd(200);
        r.out = r.in + 3;
        break;
    case KIND_UPLOAD:
        r.in = 20000 + rnd(200000);
        r.out = 16;
        break;
    case KIND_DOWNLOAD:
        r.in = 32;
        r.out = 20000 + rnd(200000);
        break;
    default:
        r.in = 100 + rnd(400);
        r.out = 500 + rnd(8000);
        r.hang_up = rnd(2);
    }
    if (tcp_write(c->pcb, &r, sizeof(r), TCP_WRITE_FLAG_COPY) != ERR_OK)
        fail(c, "no room for a request");
    c->hang_up = r.hang_up;
    c->to_send = r.in;
    c->to_receive = r.out;
    c->requests--;
    c->asked = true;
}

static void client_send(struct client *c)
{
    static const uint8_t data[CHUNK];

    while (c->to_send > 0) {
        uint32_t n = c->to_send < CHUNK ? c->to_send : CHUNK, room = tcp_sndbuf(c->pcb);

        n = n < room ? n : room;
        if (n == 0 || tcp_write(c->pcb, data, (u16_t)n, TCP_WRITE_FLAG_COPY) != ERR_OK)
            break;
        c->to_send -= n;
    }
    tcp_output(c->pcb);
}

/* An answer is complete: what comes next? */
static void client_next(struct client *c)
{
    if (c->hang_up && !c->eof)
        return;
    if (c->eof && !c->hang_up)
        fail(c, "the server hung up");
    if (c->hang_up || c->requests == 0) {
        client_hang_up(c);
        return;
    }
    client_ask(c);
    c->next_us = *now_us + (kind_of(c) == KIND_TERMINAL ? rnd(4000) : 0);
}

static void client_step(struct client *c)
{
    if (!c->pcb) {
        if (*now_us >= c->next_us)
            client_connect(c);
        return;
    }
    if (!c->connected)
        return;
    if (c->to_send > 0)
        client_send(c);
    if (c->to_send > 0 || c->to_receive > 0)
        return;
    answered += c->asked;
    c->asked = false;
    if (*now_us >= c->next_us)
        client_next(c);
}

EXPORT void peer_start(const struct load_end *end)
{
    now_us = end->now_us;
    load_netif_start(end, LOAD_PEER_HOST);
    for (unsigned i = 0; i < N_CLIENTS; i++)
        clients[i].next_us = *now_us + rnd(50000);
}

EXPORT void peer_frame(const uint8_t *frame, uint32_t len)
{
    load_netif_frame(frame, len);
}

EXPORT void peer_step(void)
{
    sys_check_timeouts();
    for (unsigned i = 0; i < N_CLIENTS; i++)
        client_step(&clients[i]);
}

EXPORT uint64_t peer_answered(void)
{
    return answered;
}
