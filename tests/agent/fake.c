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
    struct hva_net_fds net; /* the hypervisor's ends */
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
    send(f->channel, junk, sizeof(junk), MSG_NOSIGNAL); /* no frame at all */
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
    } p = {.status = {.abi_version = LU_ABI_VERSION, .n_components = 1, .txn = s->txn,
                      .last_txn = s->last_txn, .last_outcome = s->last_outcome,
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
    *s = (struct fake_state){.last_txn = s->txn ? s->txn : s->last_txn, .last_outcome = 2,
                             .last_rung = rung};
    return rung;
}

static void send_failed(struct fake *f, enum lu_step step, bool really_undo)
{
    struct lu_ch_failed failed = {.txn = fake_ram_state(&f->ram)->txn, .step = step,
                                  .rung = LU_RUNG_ROLLBACK, .error = -LU_EMISMATCH,
                                  .path = "my_s.u", .text = "made to fail"};

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
    } p = {.txn = {fake_ram_state(&f->ram)->txn}, .result = {.objects = 7, .bytes = 99,
                                                             .pointers = 3}};

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
    ssize_t n = fd < 0 ? 0 : recv(fd, into->data + into->len, sizeof(into->data) - into->len,
                                  MSG_DONTWAIT);

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
    f->ram.base = mmap(NULL, f->ram.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                       0);
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

void fake_go(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    f->fault = FAKE_GOOD;
    pthread_mutex_unlock(&f->lock);
}

void fake_poke(struct fake *f, uint64_t va, const void *bytes, size_t len)
{
    pthread_mutex_lock(&f->lock);
    memcpy(fake_ram_at(&f->ram, fake_ram_slot(&f->ram)->root, va), bytes, len);
    pthread_mutex_unlock(&f->lock);
}

void fake_seen(struct fake *f, struct fake_seen *ret)
{
    pthread_mutex_lock(&f->lock);
    *ret = f->seen;
    ret->paused = f->paused;
    ret->snapshots = 0;
    for (size_t i = 0; i < TAGS; i++)
        ret->snapshots += f->saved[i].tag[0] != '\0';
    pthread_mutex_unlock(&f->lock);
}

bool fake_runs_new(struct fake *f)
{
    bool is_new;

    pthread_mutex_lock(&f->lock);
    is_new = memcmp(fake_ram_slot(&f->ram)->build_id, f->new_body.build_id, LU_BUILD_ID_SIZE) == 0;
    pthread_mutex_unlock(&f->lock);
    return is_new;
}

uint64_t fake_open_txn(struct fake *f)
{
    uint64_t txn;

    pthread_mutex_lock(&f->lock);
    txn = fake_ram_state(&f->ram)->txn;
    pthread_mutex_unlock(&f->lock);
    return txn;
}

uint64_t fake_memory_sum(struct fake *f)
{
    uint64_t sum = 0;

    pthread_mutex_lock(&f->lock);
    for (uint64_t i = 0; i < FAKE_SPOIL_SIZE; i++)
        sum += f->ram.base[FAKE_SPOIL_PHYS + i];
    pthread_mutex_unlock(&f->lock);
    return sum;
}

void fake_stand(struct fake *f, uint64_t txn, bool swapped)
{
    pthread_mutex_lock(&f->lock);
    fake_ram_state(&f->ram)->txn = txn;
    if (swapped)
        swap_in(f);
    pthread_mutex_unlock(&f->lock);
}

void fake_pause(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    f->paused = true;
    pthread_mutex_unlock(&f->lock);
}

void fake_hang(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    spoil(f);
    pthread_mutex_unlock(&f->lock);
}

void fake_end(struct fake *f)
{
    pthread_mutex_lock(&f->lock);
    f->alive = false;
    pthread_mutex_unlock(&f->lock);
}

static struct devices *find_tag(struct fake *f, const char *tag)
{
    for (size_t i = 0; i < TAGS; i++)
        if (strcmp(f->saved[i].tag, tag) == 0)
            return &f->saved[i];
    return NULL;
}

static void save_devices(struct fake *f, const char *tag)
{
    struct devices *d = find_tag(f, tag);

    if (!d)
        d = find_tag(f, "");
    if (!d)
        abort(); /* a leak of snapshots */
    snprintf(d->tag, sizeof(d->tag), "%s", tag);
    d->epoch = f->epoch;
    d->seq = f->seq;
}

void fake_snapshot(struct fake *f, const char *tag, const char *ram_file)
{
    FILE *file = fopen(ram_file, "we");

    pthread_mutex_lock(&f->lock);
    save_devices(f, tag);
    if (!file || fwrite(f->ram.base, f->ram.size, 1, file) != 1 || fclose(file) != 0)
        abort();
    pthread_mutex_unlock(&f->lock);
}

void fake_settled(struct fake *f, uint64_t txn, uint32_t outcome, enum lu_rung rung)
{
    pthread_mutex_lock(&f->lock);
    *fake_ram_state(&f->ram) = (struct fake_state){.last_txn = txn, .last_outcome = outcome,
                                                   .last_rung = rung};
    pthread_mutex_unlock(&f->lock);
}

/* --- the network --- */

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

static size_t take(struct fake *f, struct bytes *from, void *buf, size_t size)
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

/* --- the operations --- */

static int op_list(struct hva_backend *be, void (*fn)(void *arg, const char *name), void *arg,
                   struct lu_err *err)
{
    (void)err;
    if (be->fake->alive)
        fn(arg, "g");
    return 0;
}

static int op_start(struct hva_backend *be, const struct hva_vm_spec *spec, struct hva_vm **ret,
                    struct lu_err *err)
{
    (void)spec;
    (void)err;
    pthread_mutex_lock(&be->fake->lock);
    be->fake->alive = true;
    pthread_mutex_unlock(&be->fake->lock);
    *ret = &be->fake->vm;
    return 0;
}

static int op_attach(struct hva_backend *be, const struct hva_vm_spec *spec, struct hva_vm **ret,
                     struct lu_err *err)
{
    if (!be->fake->alive)
        return lu_err_set(err, -ENOENT, "guest %s does not run", spec->name);
    *ret = &be->fake->vm;
    return 0;
}

static void op_close(struct hva_vm *vm)
{
    pthread_mutex_lock(&vm->fake->lock);
    hva_close_fd(&vm->fake->channel);
    pthread_mutex_unlock(&vm->fake->lock);
}

static int op_stop(struct hva_vm *vm, struct lu_err *err)
{
    (void)err;
    pthread_mutex_lock(&vm->fake->lock);
    vm->fake->alive = false;
    hva_close_fd(&vm->fake->channel);
    pthread_mutex_unlock(&vm->fake->lock);
    return 0;
}

static bool op_alive(struct hva_vm *vm)
{
    bool alive;

    pthread_mutex_lock(&vm->fake->lock);
    alive = vm->fake->alive;
    pthread_mutex_unlock(&vm->fake->lock);
    return alive;
}

static unsigned op_resets(struct hva_vm *vm)
{
    unsigned resets;

    pthread_mutex_lock(&vm->fake->lock);
    resets = vm->fake->resets;
    pthread_mutex_unlock(&vm->fake->lock);
    return resets;
}

static long op_pid(struct hva_vm *vm)
{
    (void)vm;
    return getpid();
}

static int op_kvm(struct hva_vm *vm, bool *ret, struct lu_err *err)
{
    (void)vm;
    (void)err;
    *ret = false;
    return 0;
}

static int set_paused(struct hva_vm *vm, bool paused)
{
    pthread_mutex_lock(&vm->fake->lock);
    vm->fake->paused = paused;
    pthread_mutex_unlock(&vm->fake->lock);
    return 0;
}

static int op_pause(struct hva_vm *vm, struct lu_err *err)
{
    (void)err;
    return set_paused(vm, true);
}

static int op_resume(struct hva_vm *vm, struct lu_err *err)
{
    (void)err;
    return set_paused(vm, false);
}

static int op_save(struct hva_vm *vm, const char *tag, struct lu_err *err)
{
    if (!vm->fake->paused)
        return lu_err_set(err, -EINVAL, "saved while it runs");
    pthread_mutex_lock(&vm->fake->lock);
    save_devices(vm->fake, tag);
    pthread_mutex_unlock(&vm->fake->lock);
    return 0;
}

static int op_load(struct hva_vm *vm, const char *tag, struct lu_err *err)
{
    struct devices *d = find_tag(vm->fake, tag);

    if (!d || !vm->fake->paused)
        return lu_err_set(err, -ENOENT, "no snapshot %s, or not paused", tag);
    vm->fake->epoch = d->epoch;
    vm->fake->seq = d->seq;
    vm->fake->silent = false;
    return 0;
}

static int op_drop(struct hva_vm *vm, const char *tag, struct lu_err *err)
{
    struct devices *d = find_tag(vm->fake, tag);

    (void)err;
    if (d)
        d->tag[0] = '\0';
    return 0;
}

static int op_ram(struct hva_vm *vm, struct hva_ram *ret, struct lu_err *err)
{
    (void)err;
    *ret = vm->fake->ram;
    return 0;
}

static int op_channel(struct hva_vm *vm, int *ret_fd, struct lu_err *err)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return lu_err_errno(err, -errno, "socketpair");
    pthread_mutex_lock(&vm->fake->lock);
    hva_close_fd(&vm->fake->channel);
    vm->fake->channel = fds[0];
    lu_frame_reset(&vm->fake->reader);
    pthread_mutex_unlock(&vm->fake->lock);
    *ret_fd = fds[1];
    return 0;
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

static int op_net_arm(struct hva_vm *vm, struct hva_net_fds *ret, struct lu_err *err)
{
    struct fake *f = vm->fake;
    int r;

    pthread_mutex_lock(&f->lock);
    close_net(f);
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

static int op_net_switch(struct hva_vm *vm, bool on, struct lu_err *err)
{
    (void)err;
    pthread_mutex_lock(&vm->fake->lock);
    vm->fake->seen.net_on = on;
    pthread_mutex_unlock(&vm->fake->lock);
    return 0;
}

static int op_net_remove(struct hva_vm *vm, struct lu_err *err)
{
    (void)err;
    pthread_mutex_lock(&vm->fake->lock);
    vm->fake->seen.net_on = vm->fake->seen.net_armed = false;
    pthread_mutex_unlock(&vm->fake->lock);
    return 0;
}

const struct hva_backend_ops fake_ops = {
    .name = "fake", .list = op_list, .vm_start = op_start, .vm_attach = op_attach,
    .vm_close = op_close, .vm_stop = op_stop, .vm_alive = op_alive, .vm_resets = op_resets,
    .vm_pid = op_pid, .vm_kvm = op_kvm, .vm_pause = op_pause, .vm_resume = op_resume,
    .vm_save = op_save, .vm_load = op_load, .vm_drop = op_drop, .vm_ram = op_ram,
    .vm_channel = op_channel, .net_arm = op_net_arm, .net_switch = op_net_switch,
    .net_remove = op_net_remove,
};
