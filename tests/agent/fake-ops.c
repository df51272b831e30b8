/* SPDX-License-Identifier: MIT
 *
 * Second half of fake.c, which alone includes it.
 */

#include "fake.h"

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
    *fake_ram_state(&f->ram) =
        (struct fake_state){.last_txn = txn, .last_outcome = outcome, .last_rung = rung};
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
    .name = "fake",
    .list = op_list,
    .vm_start = op_start,
    .vm_attach = op_attach,
    .vm_close = op_close,
    .vm_stop = op_stop,
    .vm_alive = op_alive,
    .vm_resets = op_resets,
    .vm_pid = op_pid,
    .vm_kvm = op_kvm,
    .vm_pause = op_pause,
    .vm_resume = op_resume,
    .vm_save = op_save,
    .vm_load = op_load,
    .vm_drop = op_drop,
    .vm_ram = op_ram,
    .vm_channel = op_channel,
    .net_arm = op_net_arm,
    .net_switch = op_net_switch,
    .net_remove = op_net_remove,
};
