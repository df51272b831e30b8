/* SPDX-License-Identifier: MIT
 *
 * The client's side of one connection: writes a request, then reads lines until
 * the answer with the request's id comes.  The agent is believed only as far as
 * its answer is well-formed and its lines are of bounded length.
 */
#include "hva/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LINE_MAX_BYTES (64u << 20)

struct hva_client {
    int fd;
    json_int_t next_id;
    char *buf;              /* bytes received and not yet consumed */
    size_t len, size, seen; /* seen: no newline before this offset */
};

int hva_client_socket(const char *state_dir, char *ret_path, size_t size, struct lu_err *err)
{
    int n = snprintf(ret_path, size, "%s/agent.sock", state_dir);

    if (n < 0 || (size_t)n >= size || (size_t)n >= sizeof(((struct sockaddr_un *)0)->sun_path))
        return lu_err_set(err, -ENAMETOOLONG, "state directory's path is too long for a socket: %s",
                          state_dir);
    return 0;
}

int hva_default_state_dir(char *ret_path, size_t size, struct lu_err *err)
{
    const char *dir = getenv("PROTEAN_STATE_DIR"), *base = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int n;

    if (dir && *dir)
        n = snprintf(ret_path, size, "%s", dir);
    else if (geteuid() == 0)
        n = snprintf(ret_path, size, "/var/lib/protean");
    else if (base && *base)
        n = snprintf(ret_path, size, "%s/protean", base);
    else if (home && *home)
        n = snprintf(ret_path, size, "%s/.local/state/protean", home);
    else
        return lu_err_set(err, -ENOENT,
                          "no state directory: none of PROTEAN_STATE_DIR, "
                          "XDG_STATE_HOME and HOME is set");
    if (n < 0 || (size_t)n >= size)
        return lu_err_set(err, -ENAMETOOLONG, "state directory's path is too long");
    return 0;
}

int hva_client_open(const char *socket_path, struct hva_client **ret, struct lu_err *err)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct hva_client *c;
    int fd;

    if (strlen(socket_path) >= sizeof(addr.sun_path))
        return lu_err_set(err, -ENAMETOOLONG, "socket path too long: %s", socket_path);
    strcpy(addr.sun_path, socket_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return lu_err_errno(err, -errno, "socket");
    if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        int e = -errno;

        close(fd);
        return lu_err_errno(err, e, "no agent answers at %s", socket_path);
    }
    c = calloc(1, sizeof(*c));
    if (!c) {
        close(fd);
        return lu_err_set(err, -ENOMEM, "out of memory");
    }
    c->fd = fd;
    c->next_id = 1;
    *ret = c;
    return 0;
}

void hva_client_close(struct hva_client *c)
{
    if (!c)
        return;
    close(c->fd);
    free(c->buf);
    free(c);
}

void hva_fault_clear(struct hva_fault *fault)
{
    json_decref(fault->data);
    memset(fault, 0, sizeof(*fault));
}

static int wait_fd(int fd, short events, int timeout_ms, struct lu_err *err)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;

    do {
        n = poll(&p, 1, timeout_ms);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return lu_err_errno(err, -errno, "poll");
    if (n == 0)
        return lu_err_set(err, -ETIMEDOUT, "the agent did not answer within %d ms", timeout_ms);
    return 0;
}

static int send_all(struct hva_client *c, const char *text, size_t len, int timeout_ms,
                    struct lu_err *err)
{
    while (len) {
        ssize_t n = send(c->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            int r = wait_fd(c->fd, POLLOUT, timeout_ms, err);

            if (r < 0)
                return r;
            continue;
        }
        if (n < 0)
            return lu_err_errno(err, -ECONNRESET, "writing to the agent");
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

static int fill(struct hva_client *c, int timeout_ms, struct lu_err *err)
{
    ssize_t n;
    int r = wait_fd(c->fd, POLLIN, timeout_ms, err);

    if (r < 0)
        return r;
    if (c->len + 65536 > c->size) {
        size_t size = c->size ? c->size * 2 : 131072;
        char *buf;

        if (size > 2u * LINE_MAX_BYTES)
            return lu_err_set(err, -EPROTO, "the agent sent a line of more than %u bytes",
                              LINE_MAX_BYTES);
        buf = realloc(c->buf, size);
        if (!buf)
            return lu_err_set(err, -ENOMEM, "out of memory");
        c->buf = buf;
        c->size = size;
    }
    n = recv(c->fd, c->buf + c->len, c->size - c->len, 0);
    if (n < 0 && errno == EINTR)
        return 0;
    if (n <= 0)
        return lu_err_set(err, -ECONNRESET, "the agent closed the connection");
    c->len += (size_t)n;
    return 0;
}

static int read_message(struct hva_client *c, int timeout_ms, json_t **ret, struct lu_err *err)
{
    json_error_t jerr;
    char *end;
    size_t used;
    json_t *msg;

    while (!(end = memchr(c->buf ? c->buf + c->seen : "", '\n', c->len - c->seen))) {
        int r;

        c->seen = c->len;
        r = fill(c, timeout_ms, err);
        if (r < 0)
            return r;
    }
    used = (size_t)(end - c->buf) + 1;
    msg = json_loadb(c->buf, used - 1, JSON_ALLOW_NUL, &jerr);
    memmove(c->buf, c->buf + used, c->len - used);
    c->len -= used;
    c->seen = 0;
    if (!json_is_object(msg)) {
        json_decref(msg);
        return lu_err_set(err, -EPROTO, "the agent's answer is not a JSON object");
    }
    *ret = msg;
    return 0;
}

static void copy_text(char *to, size_t size, json_t *from)
{
    const char *text = json_string_value(from);

    snprintf(to, size, "%s", text ? text : "");
}

static int take_error(json_t *error, struct hva_fault *fault, struct lu_err *err)
{
    const char *text = json_string_value(json_object_get(error, "message"));
    json_t *data = json_object_get(error, "data");

    if (fault) {
        hva_fault_clear(fault);
        fault->code = (int)json_integer_value(json_object_get(error, "code"));
        copy_text(fault->kind, sizeof(fault->kind), json_object_get(data, "kind"));
        copy_text(fault->where, sizeof(fault->where), json_object_get(data, "where"));
        copy_text(fault->path, sizeof(fault->path), json_object_get(data, "path"));
        fault->data = json_incref(data);
    }
    return lu_err_set(err, -EREMOTEIO, "%s", text ? text : "the agent gave no reason");
}

static int send_request(struct hva_client *c, const char *method, json_t *params, int timeout_ms,
                        json_int_t *ret_id, struct lu_err *err)
{
    json_t *req = json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "2.0", "id", c->next_id, "method",
                            method, "params", params ? params : json_object());
    char *text = req ? json_dumps(req, JSON_COMPACT) : NULL;
    int r;

    json_decref(req);
    if (!text)
        return lu_err_set(err, -ENOMEM, "out of memory");
    *ret_id = c->next_id++;
    r = send_all(c, text, strlen(text), timeout_ms, err);
    free(text);
    return r < 0 ? r : send_all(c, "\n", 1, timeout_ms, err);
}

/* 1: the answer came and was taken apart, 0: something else, negative: error. */
static int take_message(json_t *msg, json_int_t id, hva_notify_fn *notify, void *arg,
                        json_t **ret_result, struct hva_fault *fault, struct lu_err *err)
{
    const char *method = json_string_value(json_object_get(msg, "method"));
    json_t *msg_id = json_object_get(msg, "id"), *result;

    if (method && !msg_id) {
        if (notify && notify(arg, method, json_object_get(msg, "params")))
            return lu_err_set(err, -ECANCELED, "stopped waiting");
        return 0;
    }
    if (json_object_get(msg, "error") && (json_is_null(msg_id) || json_integer_value(msg_id) == id))
        return take_error(json_object_get(msg, "error"), fault, err);
    if (!json_is_integer(msg_id) || json_integer_value(msg_id) != id)
        return 0; /* answer to a call that was given up */
    result = json_object_get(msg, "result");
    if (!result)
        return lu_err_set(err, -EPROTO, "the agent's answer has neither result nor error");
    *ret_result = json_incref(result);
    return 1;
}

int hva_client_call(struct hva_client *c, const char *method, json_t *params, int timeout_ms,
                    hva_notify_fn *notify, void *arg, json_t **ret_result, struct hva_fault *fault,
                    struct lu_err *err)
{
    json_int_t id;
    int r = send_request(c, method, params, timeout_ms, &id, err);

    while (r >= 0) {
        json_t *msg;

        r = read_message(c, timeout_ms, &msg, err);
        if (r < 0)
            break;
        r = take_message(msg, id, notify, arg, ret_result, fault, err);
        json_decref(msg);
        if (r == 1)
            return 0;
    }
    return r;
}
