/* SPDX-License-Identifier: MIT
 *
 * The message side of the network service.  Every request is checked against what
 * the sender owns; one that is malformed is dropped, it cannot harm others.
 */
#include "client.h"

#include <string.h>

#include <lu/log.h>
#include <lu/net.h>
#include <lu/sys.h>

#include "conn.h"
#include "stats.h"

#define STATS_PER_REPLY 7u

static struct net_client clients[NET_MAX_CLIENTS];
static struct net_listener listeners[NET_MAX_LISTENERS];

int client_post(const struct net_client *client, struct lu_msg *m)
{
    return sys_post(client->ep, m);
}

int client_read(const struct net_client *client, uint32_t offset, void *buf, size_t len)
{
    return sys_grant_read(client->ep, client->grant, offset, buf, len);
}

int client_write(const struct net_client *client, uint32_t offset, const void *buf, size_t len)
{
    return sys_grant_write(client->ep, client->grant, offset, buf, len);
}

static struct net_client *client_find(lu_ep ep)
{
    for (unsigned i = 0; i < NET_MAX_CLIENTS; i++)
        if (clients[i].ep != LU_EP_NONE && clients[i].ep == ep)
            return &clients[i];
    return NULL;
}

static void listener_end(struct net_listener *listener)
{
    if (listener->pcb) {
        tcp_arg(listener->pcb, NULL);
        tcp_accept(listener->pcb, NULL);
        tcp_close(listener->pcb);
    }
    memset(listener, 0, sizeof(*listener));
}

void client_drop(struct net_client *client, int why)
{
    if (why < 0)
        lu_log("client %x: %s", client->ep, lu_strerror(why));
    for (unsigned i = 0; i < NET_MAX_LISTENERS; i++)
        if (listeners[i].client == client)
            listener_end(&listeners[i]);
    conn_drop_all(client);
    memset(client, 0, sizeof(*client));
}

void client_check_all(void)
{
    uint8_t byte;

    for (unsigned i = 0; i < NET_MAX_CLIENTS; i++)
        if (clients[i].ep != LU_EP_NONE && client_read(&clients[i], 0, &byte, 1) < 0)
            client_drop(&clients[i], 0);
}

static void on_attach(const struct lu_msg *m)
{
    struct lu_msg no = {.type = LU_NET_ATTACHED, .status = -LU_EINVAL, .arg = {0, 0, m->arg[2]}};

    for (unsigned i = 0; i < NET_MAX_CLIENTS; i++)
        if (clients[i].ep != LU_EP_NONE && LU_EP_SLOT(clients[i].ep) == LU_EP_SLOT(m->source))
            client_drop(&clients[i], 0);
    if (m->arg[0] > INT32_MAX || m->arg[1] == 0 || m->arg[1] > LU_NET_MAX_WINDOW ||
        m->arg[3] == 0) {
        sys_post(m->source, &no);
        return;
    }
    for (unsigned i = 0; i < NET_MAX_CLIENTS; i++)
        if (clients[i].ep == LU_EP_NONE) {
            clients[i] = (struct net_client){
                .ep = m->source,
                .grant = (uint32_t)m->arg[0],
                .window = (uint32_t)m->arg[1],
                .max_conns = m->arg[3] < NET_MAX_CONNS ? (uint32_t)m->arg[3] : NET_MAX_CONNS,
                .cookie = m->arg[2],
                .attached_due = true};
            return;
        }
    no.status = -LU_ENOSPC;
    sys_post(m->source, &no);
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct net_listener *listener = arg;

    if (err != ERR_OK || !pcb || !listener || !listener->client)
        return ERR_VAL;
    if (listener->client->n_conns >= listener->client->max_conns ||
        !conn_new(listener->client, pcb, listener->port))
        return ERR_MEM; /* lwIP resets it */
    listener->client->n_conns++;
    return ERR_OK;
}

/* Opens the port.  0 or -LU_E... */
static int listener_open(struct net_listener *listener, uint64_t backlog)
{
    struct tcp_pcb *pcb = tcp_new(), *listening;
    err_t err;

    if (!pcb)
        return -LU_ENOMEM;
    ip_set_option(pcb, SOF_REUSEADDR); /* TIME_WAIT of an earlier service is no obstacle */
    err = tcp_bind(pcb, IP_ADDR_ANY, listener->port);
    listening = err == ERR_OK ? tcp_listen_with_backlog_and_err(pcb, (u8_t)backlog, &err) : NULL;
    if (!listening) {
        tcp_close(pcb);
        return err == ERR_USE ? -LU_EBUSY : -LU_ENOMEM;
    }
    tcp_arg(listening, listener);
    tcp_accept(listening, on_accept);
    listener->pcb = listening;
    return 0;
}

static bool port_taken(uint64_t port)
{
    for (unsigned i = 0; i < NET_MAX_LISTENERS; i++)
        if (listeners[i].client && listeners[i].pcb && listeners[i].port == port)
            return true;
    return false;
}

static void on_listen(struct net_client *client, const struct lu_msg *m)
{
    uint64_t port = m->arg[0], backlog = m->arg[1];

    for (unsigned i = 0; i < NET_MAX_LISTENERS; i++) {
        struct net_listener *listener = &listeners[i];

        if (listener->client)
            continue;
        *listener =
            (struct net_listener){.client = client, .port = (uint16_t)port, .listened_due = true};
        if (port == 0 || port > 0xffff || backlog == 0 || backlog > LU_NET_MAX_BACKLOG)
            listener->status = -LU_EINVAL;
        else if (port_taken(port))
            listener->status = -LU_EBUSY;
        else
            listener->status = listener_open(listener, backlog);
        return;
    }
    lu_log("client %x: too many listeners", client->ep);
}

static bool window_ok(const struct net_client *client, uint64_t offset, uint64_t len)
{
    return len > 0 && len <= client->window && offset <= client->window - len;
}

static void on_socket(struct net_client *client, const struct lu_msg *m)
{
    struct net_conn *conn = conn_find(client, m->arg[0]);
    int ret = 0;

    if (!conn)
        return; /* closed meanwhile: LU_NET_CLOSED tells */
    if (m->type == LU_NET_CLOSE) {
        conn_close(conn, m->arg[1] == 1);
        return;
    }
    if (!window_ok(client, m->arg[1], m->arg[2]))
        ret = -LU_EINVAL;
    else if (m->type == LU_NET_RECV)
        ret = conn_recv(conn, (uint32_t)m->arg[1], (uint32_t)m->arg[2]);
    else
        ret = conn_send(conn, (uint32_t)m->arg[1], (uint32_t)m->arg[2]);
    if (ret < 0) {
        struct lu_msg no = {.type = m->type == LU_NET_RECV ? LU_NET_RECVD : LU_NET_SENT,
                            .status = ret,
                            .arg = {m->arg[0], m->arg[1]}};

        client_post(client, &no);
    }
}

static void on_stats(struct lu_msg *m)
{
    const uint64_t counters[] = {net_stats.rx_frames,  net_stats.tx_frames, net_stats.rx_dropped,
                                 net_stats.tx_dropped, net_stats.accepted,  conn_count(),
                                 net_stats.rx_bytes,   net_stats.tx_bytes};
    uint64_t n = sizeof(counters) / sizeof(counters[0]), first = m->arg[0];

    memset(m->arg, 0, sizeof(m->arg));
    m->arg[0] = n;
    for (uint64_t i = 0; i < STATS_PER_REPLY && first < n - i; i++)
        m->arg[1 + i] = counters[first + i];
}

void client_message(struct lu_msg *m)
{
    struct net_client *client = client_find(m->source);

    if (m->flags & LU_MSGF_CALL) {
        m->status = m->type == LU_NET_STATS ? 0 : -LU_ENOSYS;
        if (m->status == 0)
            on_stats(m);
        sys_reply(m->source, m);
    } else if (m->type == LU_NET_ATTACH) {
        on_attach(m);
    } else if (client && m->type == LU_NET_LISTEN) {
        on_listen(client, m);
    } else if (client &&
               (m->type == LU_NET_RECV || m->type == LU_NET_SEND || m->type == LU_NET_CLOSE)) {
        on_socket(client, m);
    }
}

static int post_attached(struct net_client *client)
{
    struct lu_msg m = {.type = LU_NET_ATTACHED, .arg = {0, 0, client->cookie}};
    int ret = client->attached_due ? client_post(client, &m) : 0;

    if (ret == 0)
        client->attached_due = false;
    return ret;
}

/* A listener that could not be opened is freed when the client was told. */
static int post_listened(struct net_listener *listener)
{
    struct lu_msg m = {
        .type = LU_NET_LISTENED, .status = listener->status, .arg = {listener->port}};
    int ret = listener->listened_due ? client_post(listener->client, &m) : 0;

    if (ret == 0)
        listener->listened_due = false;
    if (ret == 0 && listener->status < 0)
        listener_end(listener);
    return ret;
}

bool client_pump_all(void)
{
    bool all = true;

    for (unsigned i = 0; i < NET_MAX_CLIENTS; i++) {
        int ret = clients[i].ep != LU_EP_NONE ? post_attached(&clients[i]) : 0;

        if (ret == -LU_EAGAIN)
            all = false;
        else if (ret < 0)
            client_drop(&clients[i], ret);
    }
    for (unsigned i = 0; i < NET_MAX_LISTENERS; i++) {
        struct net_client *client = listeners[i].client;
        int ret = client ? post_listened(&listeners[i]) : 0;

        if (ret == -LU_EAGAIN)
            all = false;
        else if (ret < 0)
            client_drop(client, ret);
    }
    return all;
}
