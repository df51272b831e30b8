/* SPDX-License-Identifier: MIT
 *
 * The network service (guestos/servers/net) as other components use it: TCP
 * sockets for services, by posted messages and one standing grant.
 * guestos/lib/sock wraps all of this.
 *
 * A client attaches once with a grant of a window of its memory (read and
 * write).  Offsets and lengths below are in that window.  Net answers each
 * request by one posted message; requests of different sockets are independent.
 * At most one RECV and one SEND may be under way per socket; net reads or writes
 * the window only between the request and its answer.
 *
 * A socket belongs to the client's endpoint.  When the client dies its sockets
 * are closed (reset) and its listeners end.  When net restarts, clients get
 * LU_NOTE_PEER (or -LU_EDEAD): all their sockets are gone, they attach and
 * listen again.  Socket numbers carry a generation and are not reused soon.
 */
#pragma once

#include <lu/msg.h>

#define LU_NET_MAX_WINDOW (4u << 20)
#define LU_NET_MAX_BACKLOG 64u

/* client -> net: arg[0] = grant id, arg[1] = bytes of the window, arg[2] = cookie,
 * arg[3] = most sockets it wants to have at a time (> 0); peers beyond are refused.
 * A second attach of the same slot closes what the first one had. */
#define LU_NET_ATTACH LU_MSG(LU_PROTO_NET, 1)
/* net -> client: status, arg[2] = cookie. */
#define LU_NET_ATTACHED LU_MSG(LU_PROTO_NET, 2)

/* client -> net: arg[0] = TCP port, arg[1] = backlog. */
#define LU_NET_LISTEN LU_MSG(LU_PROTO_NET, 3)
/* net -> client: status, arg[0] = port. */
#define LU_NET_LISTENED LU_MSG(LU_PROTO_NET, 4)

/* net -> client: a peer connected; arg[0] = socket, arg[1] = port listened on,
 * arg[2] = peer's IPv4 address (host order), arg[3] = peer's port. */
#define LU_NET_ACCEPT LU_MSG(LU_PROTO_NET, 5)

/* client -> net: arg[0] = socket, arg[1] = offset, arg[2] = room in bytes. */
#define LU_NET_RECV LU_MSG(LU_PROTO_NET, 6)
/* net -> client, when there is something to read: status, arg[0] = socket,
 * arg[1] = offset, arg[2] = bytes written; 0 bytes: the peer will send no more. */
#define LU_NET_RECVD LU_MSG(LU_PROTO_NET, 7)

/* client -> net: arg[0] = socket, arg[1] = offset, arg[2] = bytes (> 0). */
#define LU_NET_SEND LU_MSG(LU_PROTO_NET, 8)
/* net -> client, when the socket is writable: status, arg[0] = socket,
 * arg[1] = offset, arg[2] = bytes taken, 1 to what was asked; the client sends
 * the rest again. */
#define LU_NET_SENT LU_MSG(LU_PROTO_NET, 9)

/* client -> net: arg[0] = socket, arg[1] = 0 orderly (what was taken is still
 * delivered), 1 reset.  No further request of this socket. */
#define LU_NET_CLOSE LU_MSG(LU_PROTO_NET, 10)
/* net -> client: last message about a socket; arg[0] = socket, status 0 after
 * LU_NET_CLOSE, else why it ended (-LU_EIO: reset by the peer or timed out,
 * -LU_ENOMEM).  A RECV or SEND under way is not answered any more. */
#define LU_NET_CLOSED LU_MSG(LU_PROTO_NET, 11)

/* client -> net, sendrec (for people and tests): arg[0] = index of the first
 * counter; reply arg[0] = number of counters, arg[1..7] = counters from there,
 * in the order of enum lu_net_counter. */
#define LU_NET_STATS LU_MSG(LU_PROTO_NET, 12)
enum lu_net_counter {
    LU_NET_RX_FRAMES = 0,
    LU_NET_TX_FRAMES,
    LU_NET_RX_DROPPED, /* no memory, or malformed */
    LU_NET_TX_DROPPED, /* no slot free, or no driver */
    LU_NET_ACCEPTED,
    LU_NET_CONNECTIONS, /* open now */
    LU_NET_RX_BYTES,    /* handed to clients */
    LU_NET_TX_BYTES,    /* taken from clients */
};
