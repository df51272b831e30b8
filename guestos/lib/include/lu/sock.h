/* SPDX-License-Identifier: MIT
 *
 * TCP for services, on top of the network service's messages (lu/net.h).  A
 * service is a table of callbacks; the library owns the event loop, the
 * attachment to `net`, and the buffers.  Single-threaded: a callback runs to its
 * end before the next one.
 *
 *     static const struct sock_service service = {.port = 7, .input = my_input};
 *     int main(void) { return sock_serve(&service); }
 *
 * Back-pressure: input that a service does not consume stays in the socket's
 * buffer and is offered again when output has drained; the peer's TCP window
 * closes meanwhile.  Nothing is dropped and nothing is unbounded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCK_MAX 64u       /* connections at a time; net resets later ones */
#define SOCK_RX_SIZE 2048u /* bytes of input held per connection */
#define SOCK_TX_SIZE 4096u /* bytes of output held per connection */

struct sock;

struct sock_service {
    uint16_t port;
    /* A peer connected.  Sets *ret_user (not NULL), which the other callbacks get;
     * an error (-LU_E...) resets the connection, and close is not called. */
    int (*open)(struct sock *s, void **ret_user);
    /* `len` > 0 bytes are there.  Returns how many were consumed, 0 to len; it
     * is called again with the rest when output space was freed. */
    size_t (*input)(struct sock *s, void *user, const uint8_t *data, size_t len);
    /* The connection is over, for whatever reason; frees `user`. */
    void (*close)(struct sock *s, void *user);
};

/* Runs the service for ever.  Returns only on failure (exit code of main). */
int sock_serve(const struct sock_service *service);

/* Bytes that sock_put accepts now, 0 to SOCK_TX_SIZE. */
size_t sock_room(const struct sock *s);

/* Queues exactly `len` bytes of output; len must not be above sock_room(). */
void sock_put(struct sock *s, const void *data, size_t len);
