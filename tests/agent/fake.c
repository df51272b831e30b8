/* SPDX-License-Identifier: MIT
 *
 * The guest's thread handles one frame at a time under `lock`; a paused guest
 * handles none, so pausing is taking the lock and raising a flag.
 */
#include "fake.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <lu/frame.h>

#include "base/util.h"
#include "fake-ram.h"

#define TAGS 8

struct devices { /* what savevm keeps */
    char tag[64];
    uint32_t epoch, seq;
};

struct hva_backend {
    struct fake *fake;
};

struct hva_vm {
    struct fake *fake;
};

struct bytes {
    uint8_t data[1 << 20];
    size_t len;
};

struct fake {
    struct hva_backend be;
    struct hva_vm vm;
    char name[LU_NAME_MAX];
    struct hva_ram ram;
    struct fake_body old_body, new_body;
    pthread_t thread;
    pthread_mutex_t lock; /* everything below */
    bool quit, paused, silent, alive;
    bool waits; /* to answer PROCEED */
    unsigned resets;
    enum fake_fault fault;
    int channel; /* the guest's end, -1: none */
    struct lu_frame_reader reader;
    uint32_t epoch, seq;
    uint64_t next_beat;
    struct devices saved[TAGS];
    struct fake_seen seen;
    struct hva_net_fds net;      /* the hypervisor's ends */
    struct bytes sent, replayed; /* what went on to the network, and to the guest */
};

static void reply(struct fake *f, uint16_t type, const void *payload, uint32_t len)
{
    struct lu_frame head;

    lu_frame_make(&head, type, f->epoch, ++f->seq, 0, payload, len);
    if (send(f->channel, &head, sizeof(head), MSG_NOSIGNAL) < 0 ||
        (len && send(f->channel, payload, len, MSG_NOSIGNAL) < 0))
        return; /* the agent went away */
}

static void reply_txn(struct fake *f, uint16_t type)
{
    struct lu_ch_txn t = {.txn = fake_ram_state(&f->ram)->txn};

    reply(f, type, &t, sizeof(t));
}

static void send_garbage(struct fake *f)
{
    struct lu_frame bad;
    char junk[300];

    memset(junk, 'x', sizeof(junk));
    lu_frame_make(&bad, LU_CH_COMMIT, f->epoch, ++f->seq, 0, NULL, 0); /* not a guest's */
    send(f->channel, &bad, sizeof(bad), MSG_NOSIGNAL);
    lu_frame_make(&bad, LU_CH_INITED, f->epoch, ++f->seq, 0, junk, 7); /* wrong length */
    send(f->channel, &bad, sizeof(bad), MSG_NOSIGNAL);
    send(f->channel, junk, 7, MSG_NOSIGNAL);
    send(f->channel, junk, sizeof(junk), MSG_NOSIGNAL);            /* no frame at all */
    lu_frame_make(&bad, LU_CH_READY, f->epoch + 1, 1, 0, junk, 8); /* another epoch */
    send(f->channel, &bad, sizeof(bad), MSG_NOSIGNAL);
    send(f->channel, junk, 8, MSG_NOSIGNAL);
}

static void send_status(struct fake *f)
{
    const struct fake_state *s = fake_ram_state(&f->ram);
    const struct lu_inspect_slot *slot = fake_ram_slot(&f->ram);
    struct {
        struct lu_ch_status status;
        struct lu_ch_component c;
    } p = {.status = {.abi_version = LU_ABI_VERSION,
                      .n_components = 1,
                      .txn = s->txn,
                      .last_txn = s->last_txn,
                      .last_outcome = s->last_outcome,
                      .last_rung = s->last_rung,
                      .mem = {.total_pages = 8192, .free_pages = 4096}},
           .c = {.ep = slot->ep, .run_state = LU_RUN_RECEIVING}};

    memcpy(p.c.name, slot->name, LU_NAME_MAX);
    memcpy(p.c.build_id, slot->build_id, LU_BUILD_ID_SIZE);
    reply(f, LU_CH_STATUS, &p, sizeof(p));
}

/* Old version back in its slot, transaction over. */
static enum lu_rung undo(struct fake *f)
{
    struct fake_state *s = fake_ram_state(&f->ram);
    enum lu_rung rung = s->swapped ? LU_RUNG_ROLLBACK : LU_RUNG_CANCEL;

    fake_ram_run(&f->ram, &f->old_body);
    *s = (struct fake_state){
        .last_txn = s->txn ? s->txn : s->last_txn, .last_outcome = 2, .last_rung = rung};
    return rung;
}

static void send_failed(struct fake *f, enum lu_step step, bool really_undo)
{
    struct lu_ch_failed failed = {.txn = fake_ram_state(&f->ram)->txn,
                                  .step = step,
                                  .rung = LU_RUNG_ROLLBACK,
                                  .error = -LU_EMISMATCH,
                                  .path = "my_s.u",
                                  .text = "made to fail"};

    memcpy(failed.component, f->name, LU_NAME_MAX);
    if (really_undo)
        failed.rung = undo(f);
    reply(f, LU_CH_FAILED, &failed, sizeof(failed));
}

static void swap_in(struct fake *f)
{
    fake_ram_run(&f->ram, &f->new_body);
    fake_ram_state(&f->ram)->swapped = 1;
}

static void on_prepare(struct fake *f)
{
    f->seen.prepares++;
    if (f->fault == FAKE_PREPARE_NEVER)
        return;
    if (f->fault == FAKE_PREPARE_FAILS)
        send_failed(f, LU_STEP_PREPARE, true);
    else
        reply_txn(f, LU_CH_READY);
}

static void flood(struct fake *f)
{
    uint32_t head = __builtin_bswap32(1500);
    char frame[1504] = "";

    memcpy(frame, &head, 4);
    for (int i = 0; i < 200; i++)
        send(f->net.out, frame, sizeof(frame), MSG_NOSIGNAL);
}

static void progress(struct fake *f, enum lu_step step)
{
    struct lu_ch_progress p = {.txn = fake_ram_state(&f->ram)->txn, .step = step, .index = ~0u};

    reply(f, LU_CH_PROGRESS, &p, sizeof(p));
}

static void send_inited(struct fake *f)
{
    struct {
        struct lu_ch_txn txn;
        struct lu_ch_result result;
    } p = {.txn = {fake_ram_state(&f->ram)->txn},
           .result = {.objects = 7, .bytes = 99, .pointers = 3}};

    memcpy(p.result.component, f->name, LU_NAME_MAX);
    reply(f, LU_CH_INITED, &p, sizeof(p));
}

static void spoil(struct fake *f)
{
    memset(f->ram.base + FAKE_SPOIL_PHYS, 0xee, FAKE_SPOIL_SIZE);
    swap_in(f);
    f->silent = true;
}

static void finish_transfer(struct fake *f)
{
    f->waits = false;
    swap_in(f);
    progress(f, LU_STEP_INIT);
    send_inited(f);
}

static void on_proceed(struct fake *f)
{
    f->seen.proceeds++;
    progress(f, LU_STEP_TRACE);
    progress(f, LU_STEP_TRANSFER);
    switch (f->fault) {
    case FAKE_WAITS:
        f->waits = true;
        return;
    case FAKE_TRANSFER_FAILS:
        swap_in(f);
        send_failed(f, LU_STEP_TRANSFER, true);
        return;
    case FAKE_UNDO_LIES:
        swap_in(f);
        send_failed(f, LU_STEP_CONTROL, false);
        return;
    case FAKE_TRANSFER_HANGS:
    case FAKE_RESTORE_DEAF:
        spoil(f);
        return;
    case FAKE_TRANSFER_PANICS:
        spoil(f);
        fake_ram_panic(&f->ram, "made to panic");
        return;
    case FAKE_TRANSFER_RESETS:
        spoil(f);
        f->resets++;
        return;
    case FAKE_INIT_LIES:
        send_inited(f);
        return;
    case FAKE_FLOOD:
        flood(f);
        break;
    default:
        break;
    }
    finish_transfer(f);
}

static void on_commit(struct fake *f)
{
    struct fake_state *s = fake_ram_state(&f->ram);

    f->seen.commits++;
    if (f->fault == FAKE_COMMIT_NEVER) {
        f->silent = true;
        return;
    }
    reply_txn(f, LU_CH_COMMITTED);
    *s = (struct fake_state){.last_txn = s->txn, .last_outcome = 1};
}

static void on_undo(struct fake *f, bool restored)
{
    struct fake_state *s = fake_ram_state(&f->ram);
    struct lu_ch_undone undone = {.txn = s->txn ? s->txn : s->last_txn};

    if (f->fault == FAKE_UNDO_LIES && !restored)
        undone.rung = LU_RUNG_ROLLBACK;
    else
        undone.rung = undo(f);
    reply(f, LU_CH_UNDONE, &undone, sizeof(undone));
}

static void on_restored(struct fake *f, const struct lu_frame *head)
{
    f->seen.restores++;
    f->epoch = head->epoch;
    if (f->fault == FAKE_RESTORE_DEAF)
        return;
    on_undo(f, true);
}

static void on_stage(struct fake *f, const uint8_t *payload)
{
    struct lu_ch_stage stage;

    memcpy(&stage, payload, sizeof(stage));
    fake_ram_state(&f->ram)->txn = stage.txn;
    f->seen.stages++;
    reply(f, LU_CH_OK, NULL, 0);
}

static void on_hello(struct fake *f, const struct lu_frame *head)
{
    f->seen.hellos++;
    f->epoch = head->epoch;
    f->seen.epoch = head->epoch;
    send_status(f);
}

static void handle(struct fake *f, const struct lu_frame *head, const uint8_t *payload)
{
    if (f->fault == FAKE_GARBAGE)
        send_garbage(f);
    switch (head->type) {
    case LU_CH_HELLO:
        on_hello(f, head);
        break;
    case LU_CH_QUERY:
        send_status(f);
        break;
    case LU_CH_STAGE_BEGIN:
        on_stage(f, payload);
        break;
    case LU_CH_STAGE_END:
        reply(f, LU_CH_OK, NULL, 0);
        break;
    case LU_CH_PREPARE:
        on_prepare(f);
        break;
    case LU_CH_PROCEED:
        on_proceed(f);
        break;
    case LU_CH_COMMIT:
        on_commit(f);
        break;
    case LU_CH_UNDO:
        f->seen.undos++;
        on_undo(f, false);
        break;
    case LU_CH_RESTORED:
        on_restored(f, head);
        break;
    case LU_CH_LEASE:
        f->seen.leases++;
        break;
    }
}

static void beat(struct fake *f)
{
    struct lu_ch_heartbeat b = {.mem = {.total_pages = 8192, .free_pages = 4096}};

    if (f->channel < 0 || f->silent || f->epoch == 0 || hva_now_ns() < f->next_beat)
        return;
    f->next_beat = hva_now_ns() + LU_HEARTBEAT_MS * 1000000ull;
    reply(f, LU_CH_HEARTBEAT, &b, sizeof(b));
}

static void hear(struct fake *f)
{
    uint8_t bytes[4096];
    ssize_t n = recv(f->channel, bytes, sizeof(bytes), MSG_DONTWAIT);
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
                handle(f, &head, payload);
        if (at == (size_t)n)
            break;
    }
}

static void drain(int fd, struct bytes *into)
{
    ssize_t n =
        fd < 0 ? 0 : recv(fd, into->data + into->len, sizeof(into->data) - into->len, MSG_DONTWAIT);

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
        if (f->alive && !f->paused && f->channel >= 0) {
            hear(f);
            beat(f);
            if (f->waits && f->fault == FAKE_GOOD)
                finish_transfer(f);
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

static void close_net(struct fake *f)
{
    hva_close_fd(&f->net.out);
    hva_close_fd(&f->net.inject);
    hva_close_fd(&f->net.seen);
    hva_close_fd(&f->net.replay);
}

void fake_free(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    f->quit = true;
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->thread, NULL);
    hva_close_fd(&f->channel);
    close_net(f);
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

#include "fake-ops.c"
