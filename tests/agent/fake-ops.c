/* SPDX-License-Identifier: MIT
 *
 * The operations that the agent's core knows.
 */
#include "fake-private.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"

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
    if (be->fake->fault == FAKE_UNREACHABLE)
        return lu_err_set(err, -EIO, "made to fail");
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

static void op_kill(struct hva_vm *vm)
{
    op_stop(vm, NULL);
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
    fake_save_devices(vm->fake, tag);
    pthread_mutex_unlock(&vm->fake->lock);
    return 0;
}

static int op_load(struct hva_vm *vm, const char *tag, struct lu_err *err)
{
    struct fake_devices *d = fake_find_devices(vm->fake, tag);

    if (!d || !vm->fake->paused)
        return lu_err_set(err, -ENOENT, "no snapshot %s, or not paused", tag);
    vm->fake->epoch = d->epoch;
    vm->fake->seq = d->seq;
    vm->fake->silent = false;
    return 0;
}

static int op_drop(struct hva_vm *vm, const char *tag, struct lu_err *err)
{
    struct fake_devices *d = fake_find_devices(vm->fake, tag);

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

const struct hva_backend_ops fake_ops = {
    .name = "fake",
    .vm_start = op_start,
    .vm_attach = op_attach,
    .vm_close = op_close,
    .vm_stop = op_stop,
    .vm_kill = op_kill,
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
    .net_arm = fake_net_arm,
    .net_switch = fake_net_switch,
    .net_remove = fake_net_remove,
};
