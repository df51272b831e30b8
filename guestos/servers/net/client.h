/* SPDX-License-Identifier: MIT
 *
 * Clients of the network service (lu/net.h): their endpoints, windows and
 * listeners.  A client is identified by its endpoint, so a restarted one is a new
 * client; the old one's sockets are dropped when that is noticed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <lwip/tcp.h>

#include <lu/msg.h>

#define NET_MAX_CLIENTS 8u
#define NET_MAX_LISTENERS 16u

struct net_client {
    lu_ep ep;               /* LU_EP_NONE: entry is free */
    uint32_t grant, window; /* window: bytes */
    uint32_t n_conns, max_conns;
    uint64_t cookie;
    bool attached_due; /* LU_NET_ATTACHED is to be posted */
};

struct net_listener {
    struct net_client *client; /* NULL: entry is free */
    struct tcp_pcb *pcb;       /* a struct tcp_pcb_listen; NULL: not listening */
    uint16_t port;
    bool listened_due; /* LU_NET_LISTENED is to be posted */
    int status;
};

void client_message(struct lu_msg *m);
/* Drops clients that have died. */
void client_check_all(void);
/* Forgets the client and everything of its; `why` is for the log. */
void client_drop(struct net_client *client, int why);

/* Posts what a full queue has kept back.  False: still full. */
bool client_pump_all(void);

/* 0 or -LU_E... of the client's endpoint. */
int client_post(const struct net_client *client, struct lu_msg *m);
int client_read(const struct net_client *client, uint32_t offset, void *buf, size_t len);
int client_write(const struct net_client *client, uint32_t offset, const void *buf, size_t len);
