/* SPDX-License-Identifier: MIT
 *
 * lwIP under load, in one process and on a virtual clock, so that every run is the
 * same: a server that uses lwIP as guestos/servers/net does, and a peer (another copy
 * of lwIP, in a shared object of its own) that opens connections to it, asks, sends
 * and hangs up, over a wire that delays and sometimes loses frames.  Only the
 * server's allocations are of interest.
 */
#pragma once

#include <stdint.h>

#define LOAD_PORT 7
#define LOAD_FRAME_MAX 1514u
#define LOAD_SERVER_HOST 15 /* in 10.0.2.0/24 */
#define LOAD_PEER_HOST 2

/* What a client sends before each request, in the host's byte order. */
struct load_request {
    uint32_t in;      /* bytes that follow */
    uint32_t out;     /* bytes that the server answers */
    uint32_t hang_up; /* the server closes the connection then */
};

/* One end of the wire: where its frames go, and what time it is. */
struct load_end {
    void (*send)(const uint8_t *frame, uint32_t len);
    const uint64_t *now_us;
};

/* peer.c; what the shared object exports */
void peer_start(const struct load_end *end);
void peer_frame(const uint8_t *frame, uint32_t len);
void peer_step(void);
uint64_t peer_answered(void); /* requests so far */

/* server.c */
void server_start(const struct load_end *end);
void server_frame(const uint8_t *frame, uint32_t len);
void server_step(void);

/* port.c, in both: netif of this copy of lwIP */
struct netif;
void load_netif_start(const struct load_end *end, unsigned host);
void load_netif_frame(const uint8_t *frame, uint32_t len);

/* heap-*.c: writes the variant's FILE.  0, or an exit status. */
int load_done(const char *path, const uint64_t *step_ns, uint64_t n_steps);
