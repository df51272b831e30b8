/* SPDX-License-Identifier: MIT
 *
 * The connection table: one entry per socket of a client.  lwIP's callbacks only
 * note what happened; conn_pump does the rest after the event, so nothing is
 * closed or freed under lwIP's feet.
 */
#pragma once

#include <stdbool.h>

#include <lwip/tcp.h>

#include <lu/types.h>

#define NET_MAX_CONNS 64u

struct net_client;

enum net_request_state {
    NET_REQUEST_NONE = 0,
    NET_REQUEST_WAITING, /* for data, or for room */
    NET_REQUEST_DONE,    /* its answer is to be posted */
};

/* A RECV or SEND under way; offset and len are in the client's window. */
struct net_request {
    enum net_request_state state;
    uint32_t offset, len;
    uint32_t done; /* bytes */
};

struct net_conn {
    struct net_client *client; /* NULL: entry is free */
    struct tcp_pcb *pcb;       /* NULL: over */
    struct pbuf *rx;           /* received and not handed over yet */
    int rx_pending;            /* bytes in rx */
    uint16_t generation;
    uint16_t port, peer_port;
    uint32_t peer_addr; /* host order */
    bool announced;     /* LU_NET_ACCEPT was posted */
    bool eof;           /* the peer sends no more */
    bool closing;       /* the client has closed */
    bool resetting;     /* and wants a reset */
    int end_status;     /* what LU_NET_CLOSED says */
    struct net_request recv, send;
};

/* A peer connected.  NULL when the table is full. */
struct net_conn *conn_new(struct net_client *client, struct tcp_pcb *pcb, uint16_t port);
/* By the number that clients use, only among the client's own. */
struct net_conn *conn_find(const struct net_client *client, uint64_t id);
/* Resets all of the client's and frees the entries. */
void conn_drop_all(const struct net_client *client);
unsigned conn_count(void);

/* Requests, already checked against the client's window.  0 or -LU_EBUSY. */
int conn_recv(struct net_conn *conn, uint32_t offset, uint32_t len);
int conn_send(struct net_conn *conn, uint32_t offset, uint32_t len);
void conn_close(struct net_conn *conn, bool reset);

/* Does whatever has become possible for all connections.  False: a client's queue
 * is full, try again. */
bool conn_pump_all(void);
/* Room to send again after frames were refused. */
void conn_output_all(void);
