/* SPDX-License-Identifier: MIT
 *
 * TCP echo service: sends every line back with a running count per connection
 * before it ("hello\n" -> "1 hello\n"), so that a lost or doubled byte, line or
 * connection state shows at the client.  Lines may have any length: bytes are
 * passed on as they come, only the count is state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lu/sock.h>
#include <lu/types.h>

#define ECHO_PORT 7
#define PREFIX_MAX 21 /* 20 digits and a space */

struct echo_conn {
    uint64_t lines; /* lines begun */
    bool in_line;   /* the prefix of the current line was sent */
};

static uint64_t echo_connections; /* since start */
static uint64_t echo_lines;

static int echo_open(struct sock *s, void **ret_user)
{
    struct echo_conn *conn = calloc(1, sizeof(*conn));

    (void)s;
    if (!conn)
        return -LU_ENOMEM;
    echo_connections++;
    *ret_user = conn;
    return 0;
}

static void echo_begin_line(struct sock *s, struct echo_conn *conn)
{
    char prefix[PREFIX_MAX + 1];
    int n = snprintf(prefix, sizeof(prefix), "%llu ", (unsigned long long)++conn->lines);

    sock_put(s, prefix, (size_t)n);
    conn->in_line = true;
    echo_lines++;
}

static size_t echo_input(struct sock *s, void *user, const uint8_t *data, size_t len)
{
    struct echo_conn *conn = user;
    size_t used = 0;

    while (used < len && sock_room(s) > PREFIX_MAX) {
        const uint8_t *end;
        size_t n;

        if (!conn->in_line)
            echo_begin_line(s, conn);
        end = memchr(data + used, '\n', len - used);
        n = end ? (size_t)(end - (data + used)) + 1 : len - used;
        if (n > sock_room(s)) {
            n = sock_room(s);
            end = NULL;
        }
        sock_put(s, data + used, n);
        used += n;
        if (end)
            conn->in_line = false;
    }
    return used;
}

static void echo_close(struct sock *s, void *user)
{
    (void)s;
    free(user);
}

int main(void)
{
    static const struct sock_service service = {
        .port = ECHO_PORT,
        .open = echo_open,
        .input = echo_input,
        .close = echo_close,
    };

    return sock_serve(&service);
}
