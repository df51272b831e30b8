/* SPDX-License-Identifier: MIT
 *
 * Life of a fake guest: its images in RAM, its thread, its end.
 */
#include "fake-moved.h"
#include "fake-private.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/util.h"

static void beat(struct fake *f)
{
    struct lu_ch_heartbeat b = {.mem = {.total_pages = 8192, .free_pages = 4096}};

    if (f->channel < 0 || f->silent || f->fault == FAKE_MUTE || f->epoch == 0 ||
        hva_now_ns() < f->next_beat)
        return;
    f->next_beat = hva_now_ns() + LU_HEARTBEAT_MS * 1000000ull;
    fake_reply(f, LU_CH_HEARTBEAT, &b, sizeof(b));
}

/* What is there; never waits. */
static ssize_t take(int fd, void *buf, size_t size)
{
    struct iovec part = {.iov_base = buf, .iov_len = size};
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};

    return recvmsg(fd, &msg, MSG_DONTWAIT);
}

static void hear(struct fake *f)
{
    uint8_t bytes[4096];
    ssize_t n = take(f->channel, bytes, sizeof(bytes));
    const uint8_t *payload;
    struct lu_frame head;
    enum lu_frame_fault why;
    size_t at = 0;
    int r;

    if (n == 0)
        hva_close_fd(&f->channel);
    while (n > 0) {
        at += lu_frame_feed(&f->reader, bytes + at, (size_t)n - at);
        while ((r = lu_frame_next(&f->reader, &head, &payload, &why)) != 0)
            if (r == 1 && !f->silent)
                fake_handle(f, &head, payload);
        if (at == (size_t)n)
            break;
    }
}

static void drain(int fd, struct fake_bytes *into)
{
    ssize_t n = fd < 0 ? 0 : take(fd, into->data + into->len, sizeof(into->data) - into->len);

    if (n > 0)
        into->len += (size_t)n;
}

static void *guest_main(void *arg)
{
    struct fake *f = arg;

    for (;;) {
        struct pollfd p = {.events = POLLIN};
        bool run;

        pthread_mutex_lock(&f->lock);
        run = f->alive && !f->paused;
        p.fd = run ? f->channel : -1;
        if (f->quit) {
            pthread_mutex_unlock(&f->lock);
            return NULL;
        }
        pthread_mutex_unlock(&f->lock);
        poll(&p, 1, 2);
        pthread_mutex_lock(&f->lock);
        drain(f->net.inject, &f->sent);
        drain(f->net.replay, &f->replayed);
        if (f->alive && !f->paused && f->channel >= 0 && hva_now_ns() >= f->stalled_until) {
            hear(f);
            beat(f);
            if (f->waits && f->fault == FAKE_GOOD)
                fake_finish_transfer(f);
        }
        pthread_mutex_unlock(&f->lock);
    }
}

static struct st_image *open_image(const char *path)
{
    struct st_image *image;
    struct st_err err = {0};

    if (st_image_open(&image, path, &err) < 0) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        abort();
    }
    return image;
}

static void load(struct fake *f, const char *image_old, const char *image_new)
{
    struct st_image *a = open_image(image_old), *b = open_image(image_new);
    uint64_t pool = FAKE_POOL_PHYS;

    fake_ram_load(&f->ram, a, &pool, &f->old_body);
    fake_ram_load(&f->ram, b, &pool, &f->new_body);
    fake_moved(a, b, &f->moved);
    st_image_close(a);
    st_image_close(b);
    fake_ram_boot(&f->ram, f->name, &f->old_body);
}

struct fake *fake_new(const char *name, const char *image_old, const char *image_new)
{
    struct fake *f = calloc(1, sizeof(*f));

    if (!f)
        abort();
    f->be.fake = f->vm.fake = f;
    snprintf(f->name, sizeof(f->name), "%s", name);
    f->ram.size = (uint64_t)FAKE_RAM_MIB << 20;
    f->ram.base =
        mmap(NULL, f->ram.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (f->ram.base == MAP_FAILED)
        abort();
    pthread_mutex_init(&f->lock, NULL);
    f->channel = -1;
    f->net = (struct hva_net_fds){-1, -1, -1, -1};
    load(f, image_old, image_new);
    if (pthread_create(&f->thread, NULL, guest_main, f) != 0)
        abort();
    return f;
}

void fake_free(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    f->quit = true;
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->thread, NULL);
    hva_close_fd(&f->channel);
    fake_net_close(f);
    munmap(f->ram.base, f->ram.size);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

struct hva_backend *fake_backend(struct fake *f)
{
    return &f->be;
}

void fake_set_fault(struct fake *f, enum fake_fault fault)
{
    pthread_mutex_lock(&f->lock);
    f->fault = fault;
    pthread_mutex_unlock(&f->lock);
}
