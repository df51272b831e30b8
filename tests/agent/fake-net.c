/* SPDX-License-Identifier: MIT
 *
 * The fake guest's network: the hypervisor's ends of the hold, and what a test
 * sends through them.
 */
#include "fake-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"

void fake_net_close(struct fake *f)
{
    hva_close_fd(&f->net.out);
    hva_close_fd(&f->net.inject);
    hva_close_fd(&f->net.seen);
    hva_close_fd(&f->net.replay);
}

static void send_frame(int fd, const void *frame, size_t len)
{
    uint32_t head = __builtin_bswap32((uint32_t)len);

    if (send(fd, &head, 4, MSG_NOSIGNAL) != 4 || send(fd, frame, len, MSG_NOSIGNAL) != (ssize_t)len)
        fprintf(stderr, "fake network: the frame was not taken\n");
}

void fake_net_send(struct fake *f, const void *frame, size_t len)
{
    pthread_mutex_lock(&f->lock);
    send_frame(f->net.out, frame, len);
    pthread_mutex_unlock(&f->lock);
}

void fake_net_deliver(struct fake *f, const void *frame, size_t len)
{
    pthread_mutex_lock(&f->lock);
    send_frame(f->net.seen, frame, len);
    pthread_mutex_unlock(&f->lock);
}

static size_t take(struct fake *f, struct fake_bytes *from, void *buf, size_t size)
{
    size_t n;

    pthread_mutex_lock(&f->lock);
    n = from->len < size ? from->len : size;
    memcpy(buf, from->data, n);
    from->len = 0;
    pthread_mutex_unlock(&f->lock);
    return n;
}

size_t fake_net_sent(struct fake *f, void *buf, size_t size)
{
    return take(f, &f->sent, buf, size);
}

size_t fake_net_replayed(struct fake *f, void *buf, size_t size)
{
    return take(f, &f->replayed, buf, size);
}

static int pair(int *mine, int *theirs, struct lu_err *err)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return lu_err_errno(err, -errno, "socketpair");
    *mine = fds[0];
    *theirs = fds[1];
    return 0;
}

int fake_net_arm(struct hva_vm *vm, struct hva_net_fds *ret, struct lu_err *err)
{
    struct fake *f = vm->fake;
    int r;

    pthread_mutex_lock(&f->lock);
    fake_net_close(f);
    r = pair(&f->net.out, &ret->out, err);
    if (r == 0)
        r = pair(&f->net.inject, &ret->inject, err);
    if (r == 0)
        r = pair(&f->net.seen, &ret->seen, err);
    if (r == 0)
        r = pair(&f->net.replay, &ret->replay, err);
    f->seen.net_armed = r == 0;
    pthread_mutex_unlock(&f->lock);
    return r;
}

int fake_net_switch(struct hva_vm *vm, bool on, struct lu_err *err)
{
    (void)err;
    pthread_mutex_lock(&vm->fake->lock);
    vm->fake->seen.net_on = on;
    pthread_mutex_unlock(&vm->fake->lock);
    return 0;
}

int fake_net_remove(struct hva_vm *vm, struct lu_err *err)
{
    (void)err;
    pthread_mutex_lock(&vm->fake->lock);
    vm->fake->seen.net_on = vm->fake->seen.net_armed = false;
    pthread_mutex_unlock(&vm->fake->lock);
    return 0;
}
