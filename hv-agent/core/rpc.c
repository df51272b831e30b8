/* SPDX-License-Identifier: MIT
 *
 * The loop reads lines and writes what has gathered in each client's outbox.
 * Requests name their client by a number that is never used again, so an answer
 * to a client that left finds nobody and is dropped.  lock guards the clients
 * and their outboxes; inboxes are the loop's own.
 */
#include "rpc.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"

#define TICK_MS 100
#define FLUSH_MS 1000

struct buffer {
    char *data;
    size_t len, size;
};

struct client {
    struct client *next;
    uint64_t id;
    int fd;
    bool dead;
    struct buffer in, out;
};

struct hva_rpc {
    const struct hva_rpc_ops *ops;
    void *arg;
    int listener, wake;
    char path[108];
    _Atomic bool stop;
    pthread_mutex_t lock;
    struct client *clients;
    size_t n_clients;
    uint64_t next_id;
};

struct hva_request {
    struct hva_rpc *rpc;
    uint64_t client;
    json_t *id;
};

static int buffer_add(struct buffer *b, const char *data, size_t len, size_t max)
{
    if (b->len + len > max)
        return -ENOSPC;
    if (b->len + len > b->size) {
        size_t size = b->size ? b->size : 4096;
        char *bigger;

        while (size < b->len + len)
            size *= 2;
        bigger = realloc(b->data, size);
        if (!bigger)
            return -ENOMEM;
        b->data = bigger;
        b->size = size;
    }
    memcpy(b->data + b->len, data, len);
    b->len += len;
    return 0;
}

static void buffer_drop(struct buffer *b, size_t n)
{
    memmove(b->data, b->data + n, b->len - n);
    b->len -= n;
    if (b->len == 0 && b->size > 65536) {
        free(b->data);
        *b = (struct buffer){0};
    }
}

static int listen_at(struct hva_rpc *rpc, const char *path, struct lu_err *err)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    mode_t old;
    int r;

    if (strlen(path) >= sizeof(addr.sun_path))
        return lu_err_set(err, -ENAMETOOLONG, "socket path too long: %s", path);
    strcpy(addr.sun_path, path);
    strcpy(rpc->path, path);
    rpc->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (rpc->listener < 0)
        return lu_err_errno(err, -errno, "socket");
    unlink(path);
    old = umask(0177);
    r = bind(rpc->listener, (struct sockaddr *)&addr, sizeof(addr));
    umask(old);
    if (r < 0 || listen(rpc->listener, 16) < 0)
        return lu_err_errno(err, -errno, "listening at %s", path);
    return 0;
}

int hva_rpc_open(const char *path, const struct hva_rpc_ops *ops, void *arg, struct hva_rpc **ret,
                 struct lu_err *err)
{
    struct hva_rpc *rpc = calloc(1, sizeof(*rpc));
    int r;

    if (!rpc)
        return lu_err_set(err, -ENOMEM, "out of memory");
    rpc->ops = ops;
    rpc->arg = arg;
    rpc->listener = -1;
    rpc->next_id = 1;
    pthread_mutex_init(&rpc->lock, NULL);
    rpc->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r = rpc->wake < 0 ? lu_err_errno(err, -errno, "eventfd") : listen_at(rpc, path, err);
    if (r < 0) {
        hva_rpc_close(rpc);
        return r;
    }
    *ret = rpc;
    return 0;
}

static void client_free(struct client *c)
{
    close(c->fd);
    free(c->in.data);
    free(c->out.data);
    free(c);
}

static void write_client(struct hva_rpc *rpc, struct client *c)
{
    ssize_t n;

    pthread_mutex_lock(&rpc->lock);
    n = c->out.len ? send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
    if (n > 0)
        buffer_drop(&c->out, (size_t)n);
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
        c->dead = true;
    pthread_mutex_unlock(&rpc->lock);
}

static void unlisten(struct hva_rpc *rpc)
{
    if (rpc->listener >= 0)
        unlink(rpc->path);
    hva_close_fd(&rpc->listener);
}

/* Gives those who read their last answers; the others' loss is theirs. */
static void flush_clients(struct hva_rpc *rpc)
{
    uint64_t start = hva_now_ns();

    for (struct client *c = rpc->clients; c; c = c->next) {
        while (!c->dead && c->out.len && hva_ms_since(start) < FLUSH_MS) {
            struct pollfd p = {.fd = c->fd, .events = POLLOUT};

            poll(&p, 1, TICK_MS);
            write_client(rpc, c);
        }
    }
}

void hva_rpc_close(struct hva_rpc *rpc)
{
    flush_clients(rpc);
    while (rpc->clients) {
        struct client *c = rpc->clients;

        rpc->clients = c->next;
        client_free(c);
    }
    unlisten(rpc);
    hva_close_fd(&rpc->wake);
    pthread_mutex_destroy(&rpc->lock);
    free(rpc);
}

void hva_rpc_wake(struct hva_rpc *rpc)
{
    uint64_t one = 1;

    while (write(rpc->wake, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

void hva_rpc_stop(struct hva_rpc *rpc)
{
    atomic_store(&rpc->stop, true);
    hva_rpc_wake(rpc);
}

static struct client *client_of(struct hva_rpc *rpc, uint64_t id)
{
    for (struct client *c = rpc->clients; c; c = c->next)
        if (c->id == id)
            return c->dead ? NULL : c;
    return NULL;
}

/* Queues one line for a client; a client whose outbox is full is cut off. */
static void post(struct hva_rpc *rpc, uint64_t id, json_t *message)
{
    char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
    struct client *c;

    json_decref(message);
    if (!text) {
        hva_error("rpc", "an answer could not be written as JSON");
        return;
    }
    pthread_mutex_lock(&rpc->lock);
    c = client_of(rpc, id);
    if (c && (buffer_add(&c->out, text, strlen(text), HVA_RPC_OUT_MAX) < 0 ||
              buffer_add(&c->out, "\n", 1, HVA_RPC_OUT_MAX) < 0)) {
        hva_warn("rpc", "a client does not read its answers: cut off");
        c->dead = true;
    }
    pthread_mutex_unlock(&rpc->lock);
    free(text);
    hva_rpc_wake(rpc);
}

static void request_free(struct hva_request *req)
{
    json_decref(req->id);
    free(req);
}

void hva_rpc_result(struct hva_request *req, json_t *result)
{
    post(req->rpc, req->client,
         json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", req->id, "result",
                   result ? result : json_object()));
    request_free(req);
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text && *text)
        json_object_set_new(object, key, json_string(text));
}

void hva_rpc_error(struct hva_request *req, int code, const char *kind, const char *where,
                   const char *path, const char *message)
{
    json_t *data = json_object(), *error;

    set_text(data, "kind", kind);
    set_text(data, "where", where);
    set_text(data, "path", path);
    error = json_pack("{s:i, s:s, s:O}", "code", code, "message", message, "data", data);
    if (!error) /* the message was not UTF-8 */
        error = json_pack("{s:i, s:s, s:O}", "code", code, "message", "unprintable error", "data",
                          data);
    json_decref(data);
    post(req->rpc, req->client,
         json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", req->id, "error", error));
    request_free(req);
}

void hva_rpc_notify(struct hva_request *req, const char *method, json_t *params)
{
    post(req->rpc, req->client,
         json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", method, "params",
                   params ? params : json_object()));
}

bool hva_rpc_gone(struct hva_request *req)
{
    bool gone;

    pthread_mutex_lock(&req->rpc->lock);
    gone = client_of(req->rpc, req->client) == NULL;
    pthread_mutex_unlock(&req->rpc->lock);
    return gone;
}

static struct hva_request *request_new(struct hva_rpc *rpc, const struct client *c, json_t *id)
{
    struct hva_request *req = calloc(1, sizeof(*req));

    if (!req)
        return NULL;
    req->rpc = rpc;
    req->client = c->id;
    req->id = id ? json_incref(id) : json_null();
    return req;
}

static void handle_line(struct hva_rpc *rpc, struct client *c, const char *line, size_t len)
{
    json_error_t where;
    json_t *doc = json_loadb(line, len, JSON_REJECT_DUPLICATES, &where);
    const char *method = json_string_value(json_object_get(doc, "method"));
    json_t *params = json_object_get(doc, "params"), *id = json_object_get(doc, "id");
    struct hva_request *req = request_new(rpc, c, id);

    if (req && !doc)
        hva_rpc_error(req, -EBADMSG, "usage", NULL, NULL, "the request is not JSON");
    else if (req && !method)
        hva_rpc_error(req, -EBADMSG, "usage", NULL, NULL, "the request has no method");
    else if (req && !id)
        hva_rpc_error(req, -EBADMSG, "usage", NULL, NULL, "the request has no id");
    else if (req && params && !json_is_object(params))
        hva_rpc_error(req, -EINVAL, "usage", NULL, NULL, "params must be an object");
    else if (req)
        rpc->ops->call(rpc->arg, req, method, params);
    json_decref(doc);
}

static void read_client(struct hva_rpc *rpc, struct client *c)
{
    char chunk[65536], *end;
    ssize_t n = recv(c->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || buffer_add(&c->in, chunk, (size_t)n, HVA_RPC_LINE_MAX) < 0) {
        if (n > 0)
            hva_warn("rpc", "a client's request is longer than %u bytes: cut off",
                     HVA_RPC_LINE_MAX);
        c->dead = true;
        return;
    }
    while (c->in.len && (end = memchr(c->in.data, '\n', c->in.len))) {
        size_t len = (size_t)(end - c->in.data);

        if (len > 0)
            handle_line(rpc, c, c->in.data, len);
        buffer_drop(&c->in, len + 1);
    }
}

static void accept_client(struct hva_rpc *rpc)
{
    int fd = accept4(rpc->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *c;

    if (fd < 0)
        return;
    c = rpc->n_clients < HVA_RPC_CLIENTS_MAX ? calloc(1, sizeof(*c)) : NULL;
    if (!c) {
        hva_warn("rpc", "too many clients: one was turned away");
        close(fd);
        return;
    }
    c->fd = fd;
    c->id = rpc->next_id++;
    pthread_mutex_lock(&rpc->lock);
    c->next = rpc->clients;
    rpc->clients = c;
    rpc->n_clients++;
    pthread_mutex_unlock(&rpc->lock);
}

static void bury_clients(struct hva_rpc *rpc)
{
    pthread_mutex_lock(&rpc->lock);
    for (struct client **p = &rpc->clients; *p;) {
        struct client *c = *p;

        if (!c->dead) {
            p = &c->next;
            continue;
        }
        *p = c->next;
        rpc->n_clients--;
        client_free(c);
    }
    pthread_mutex_unlock(&rpc->lock);
}

static size_t fill_polls(struct hva_rpc *rpc, struct pollfd *p, struct client **owners)
{
    size_t n = 0;

    p[n++] = (struct pollfd){.fd = rpc->listener, .events = POLLIN};
    p[n++] = (struct pollfd){.fd = rpc->wake, .events = POLLIN};
    pthread_mutex_lock(&rpc->lock);
    for (struct client *c = rpc->clients; c; c = c->next) {
        owners[n] = c;
        p[n++] =
            (struct pollfd){.fd = c->fd, .events = (short)(POLLIN | (c->out.len ? POLLOUT : 0))};
    }
    pthread_mutex_unlock(&rpc->lock);
    return n;
}

void hva_rpc_run(struct hva_rpc *rpc)
{
    struct pollfd p[HVA_RPC_CLIENTS_MAX + 2];
    struct client *owners[HVA_RPC_CLIENTS_MAX + 2];

    while (!atomic_load(&rpc->stop)) {
        size_t n = fill_polls(rpc, p, owners);
        uint64_t count;

        if (poll(p, n, TICK_MS) < 0 && errno != EINTR)
            break;
        if (read(rpc->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
            break;
        for (size_t i = 2; i < n; i++) {
            if (p[i].revents & (POLLIN | POLLHUP | POLLERR))
                read_client(rpc, owners[i]);
            write_client(rpc, owners[i]);
        }
        bury_clients(rpc);
        if (p[0].revents)
            accept_client(rpc);
        rpc->ops->tick(rpc->arg);
    }
    unlisten(rpc); /* a new client must not wait for somebody who is leaving */
}
