/* SPDX-License-Identifier: MIT
 *
 * Connection to libvirt, its event loop, starting, finding and ending guests.
 * The embedded driver's configuration is written before the connection opens.
 * Domain events mark a vm dead or count its resets; they come on the loop's
 * thread and take the backend's lock only.
 */
#include "libvirt-private.h"

#include <errno.h>
#include <libvirt/virterror.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <spawn.h>

#include "base/log.h"
#include "base/util.h"
#include "domxml.h"
#include "qmp.h"
#include "ram-map.h"

#define STOP_MS 3000u
#define KILL_MS 5000u
extern char **environ;

static void quiet(void *arg, virErrorPtr error)
{
    (void)arg;
    (void)error; /* errors are reported where they are handled */
}

static void timer_fired(int timer, void *arg)
{
    (void)arg;
    virEventUpdateTimeout(timer, -1);
}

static void *loop_main(void *arg)
{
    struct hva_backend *be = arg;

    while (!atomic_load(&be->quit))
        if (virEventRunDefaultImpl() < 0)
            hva_warn("libvirt", "event loop: %s", virGetLastErrorMessage());
    return NULL;
}

static int write_config(const char *root, struct lu_err *err)
{
    char path[HVA_PATH_MAX], text[512];
    int n, r = hva_path(path, sizeof(path), err, "%s/etc", root);

    if (r == 0)
        r = hva_mkdir_p(path, 0700, err);
    if (r == 0)
        r = hva_path(path, sizeof(path), err, "%s/etc/qemu.conf", root);
    if (r < 0)
        return r;
    n = snprintf(text, sizeof(text),
                 "stdio_handler = \"file\"\n"
                 "security_driver = \"none\"\n"
                 "namespaces = []\n"
                 "cgroup_controllers = []\n"
                 "dynamic_ownership = 0\n"
                 "remember_owner = 0\n"
                 "%s",
                 geteuid() == 0 ? "user = \"root\"\ngroup = \"root\"\n" : "");
    return hva_write_file(path, text, (size_t)n, 0600, err);
}

static void mark(struct hva_backend *be, virDomainPtr dom, bool dead)
{
    const char *name = virDomainGetName(dom);

    pthread_mutex_lock(&be->lock);
    for (struct hva_vm *vm = be->vms; vm; vm = vm->next) {
        if (strcmp(vm->name, name) != 0)
            continue;
        if (dead)
            atomic_store(&vm->alive, false);
        else
            atomic_fetch_add(&vm->resets, 1);
    }
    pthread_cond_broadcast(&be->changed);
    pthread_mutex_unlock(&be->lock);
}

static int on_lifecycle(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *arg)
{
    (void)conn;
    (void)detail;
    if (event == VIR_DOMAIN_EVENT_STOPPED || event == VIR_DOMAIN_EVENT_CRASHED)
        mark(arg, dom, true);
    return 0;
}

static void on_reboot(virConnectPtr conn, virDomainPtr dom, void *arg)
{
    (void)conn;
    mark(arg, dom, false);
}

static int choose_uri(struct hva_backend *be, const char *uri, const char *state_dir,
                      struct lu_err *err)
{
    char root[HVA_PATH_MAX], log[HVA_PATH_MAX];
    int r;

    if (uri) {
        be->uri = strdup(uri);
        be->pid_dir = strdup("/run/libvirt/qemu");
        return be->uri && be->pid_dir ? 0 : lu_err_set(err, -ENOMEM, "out of memory");
    }
    r = hva_path(root, sizeof(root), err, "%s/libvirt", state_dir);
    if (r == 0)
        r = write_config(root, err);
    if (r == 0)
        r = hva_path(log, sizeof(log), err, "3:file:%s/libvirt.log", root);
    if (r < 0)
        return r;
    setenv("LIBVIRT_LOG_OUTPUTS", log, 0);
    if (asprintf(&be->uri, "qemu:///embed?root=%s", root) < 0)
        be->uri = NULL;
    if (asprintf(&be->pid_dir, "%s/run/qemu", root) < 0)
        be->pid_dir = NULL;
    return be->uri && be->pid_dir ? 0 : lu_err_set(err, -ENOMEM, "out of memory");
}

static int start_loop(struct hva_backend *be, struct lu_err *err)
{
    if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0)
        return hva_virt_error(err, "initialising libvirt");
    be->wake_timer = virEventAddTimeout(-1, timer_fired, NULL, NULL);
    if (be->wake_timer < 0 || pthread_create(&be->loop, NULL, loop_main, be) != 0)
        return lu_err_set(err, -EAGAIN, "cannot start libvirt's event loop");
    return 0;
}

static void stop_loop(struct hva_backend *be)
{
    atomic_store(&be->quit, true);
    virEventUpdateTimeout(be->wake_timer, 0);
    pthread_join(be->loop, NULL);
}

static void backend_free(struct hva_backend *be)
{
    pthread_cond_destroy(&be->changed);
    pthread_mutex_destroy(&be->lock);
    free(be->uri);
    free(be->pid_dir);
    free(be);
}

/* Every kind of event has a callback type of its own behind libvirt's generic one. */
static virConnectDomainEventGenericCallback generic(void *callback)
{
    virConnectDomainEventGenericCallback cb;

    memcpy(&cb, &callback, sizeof(cb));
    return cb;
}

static int watch(struct hva_backend *be, int event, void *callback)
{
    return virConnectDomainEventRegisterAny(be->conn, NULL, event, generic(callback), be, NULL);
}

static int connect_to(struct hva_backend *be, struct lu_err *err)
{
    be->conn = virConnectOpen(be->uri);
    if (!be->conn)
        return hva_virt_error(err, "opening %s", be->uri);
    be->callbacks[0] = watch(be, VIR_DOMAIN_EVENT_ID_LIFECYCLE, (void *)on_lifecycle);
    be->callbacks[1] = watch(be, VIR_DOMAIN_EVENT_ID_REBOOT, (void *)on_reboot);
    if (be->callbacks[0] < 0 || be->callbacks[1] < 0)
        return hva_virt_error(err, "asking libvirt for events");
    return 0;
}

int hva_libvirt_open(const char *uri, const char *state_dir, struct hva_backend **ret,
                     struct lu_err *err)
{
    struct hva_backend *be = calloc(1, sizeof(*be));
    int r;

    if (!be)
        return lu_err_set(err, -ENOMEM, "out of memory");
    be->callbacks[0] = be->callbacks[1] = -1;
    pthread_mutex_init(&be->lock, NULL);
    hva_cond_init(&be->changed);
    virSetErrorFunc(NULL, quiet);
    r = choose_uri(be, uri, state_dir, err);
    if (r == 0)
        r = start_loop(be, err);
    if (r < 0) {
        backend_free(be);
        return r;
    }
    r = connect_to(be, err);
    if (r < 0) {
        hva_libvirt_close(be);
        return r;
    }
    *ret = be;
    return 0;
}

const char *hva_libvirt_uri(const struct hva_backend *be)
{
    return be->uri;
}

void hva_libvirt_close(struct hva_backend *be)
{
    for (size_t i = 0; i < 2; i++)
        if (be->callbacks[i] >= 0)
            virConnectDomainEventDeregisterAny(be->conn, be->callbacks[i]);
    if (be->conn)
        virConnectClose(be->conn);
    stop_loop(be);
    backend_free(be);
}

static int read_pid(struct hva_vm *vm, struct lu_err *err)
{
    char path[HVA_PATH_MAX];
    HVA_FREE void *text = NULL;
    size_t len;
    int r = hva_path(path, sizeof(path), err, "%s/%s.pid", vm->be->pid_dir, vm->name);

    if (r == 0)
        r = hva_read_file(path, 64, &text, &len, err);
    if (r < 0)
        return r;
    vm->pid = text ? strtol(text, NULL, 10) : 0;
    if (vm->pid <= 1)
        return lu_err_set(err, -EINVAL, "%s holds no process id", path);
    vm->process = pidfd_open((pid_t)vm->pid, 0);
    return vm->process < 0 ? lu_err_errno(err, -errno, "process %ld", vm->pid) : 0;
}

/* The qcow2 file keeps device state only: its virtual size never matters. */
static int make_vmstate(const struct hva_vm_spec *spec, struct lu_err *err)
{
    char path[HVA_PATH_MAX];
    char *argv[] = {"qemu-img", "create", "-q", "-f", "qcow2", path, "1M", NULL};
    pid_t pid;
    int status, r = hva_path(path, sizeof(path), err, "%s/" HVA_VMSTATE_FILE, spec->dir);

    if (r < 0)
        return r;
    r = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
    if (r != 0)
        return lu_err_errno(err, -r, "running qemu-img");
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return lu_err_errno(err, -errno, "waiting for qemu-img");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return lu_err_set(err, -EIO, "qemu-img could not make %s", path);
    return 0;
}

static void vm_close(struct hva_vm *vm)
{
    struct hva_vm **p;

    pthread_mutex_lock(&vm->be->lock);
    for (p = &vm->be->vms; *p && *p != vm; p = &(*p)->next)
        ;
    if (*p)
        *p = vm->next;
    pthread_mutex_unlock(&vm->be->lock);
    hva_ram_unmap(&vm->ram);
    hva_close_fd(&vm->process);
    if (vm->dom)
        virDomainFree(vm->dom);
    free(vm->dir);
    free(vm);
}

static struct hva_vm *vm_new(struct hva_backend *be, const struct hva_vm_spec *spec)
{
    struct hva_vm *vm = calloc(1, sizeof(*vm));

    if (!vm)
        return NULL;
    vm->be = be;
    vm->process = -1;
    vm->dir = strdup(spec->dir);
    if (!vm->dir) {
        free(vm);
        return NULL;
    }
    snprintf(vm->name, sizeof(vm->name), "%s", spec->name);
    atomic_store(&vm->alive, true);
    pthread_mutex_lock(&be->lock);
    vm->next = be->vms;
    be->vms = vm;
    pthread_mutex_unlock(&be->lock);
    return vm;
}

static int vm_settle(struct hva_vm *vm, const struct hva_vm_spec *spec, struct lu_err *err)
{
    int r = read_pid(vm, err);

    return r < 0 ? r : hva_ram_map(vm->pid, (uint64_t)spec->memory_mib << 20, &vm->ram, err);
}

static int vm_start(struct hva_backend *be, const struct hva_vm_spec *spec, struct hva_vm **ret,
                    struct lu_err *err)
{
    HVA_FREE char *xml = NULL;
    struct hva_vm *vm;
    int r = make_vmstate(spec, err);

    if (r == 0)
        r = hva_domain_xml(spec, &xml, err);
    if (r < 0)
        return r;
    vm = vm_new(be, spec);
    if (!vm)
        return lu_err_set(err, -ENOMEM, "out of memory");
    vm->dom = virDomainCreateXML(be->conn, xml, 0);
    if (!vm->dom)
        r = hva_virt_error(err, "starting the guest");
    else
        r = vm_settle(vm, spec, err);
    if (r == 0)
        r = hva_libvirt_vm_ignore_ram(vm, err);
    if (r < 0) {
        if (vm->dom)
            virDomainDestroy(vm->dom);
        vm_close(vm);
        return r;
    }
    *ret = vm;
    return 0;
}

static int vm_attach(struct hva_backend *be, const struct hva_vm_spec *spec, struct hva_vm **ret,
                     struct lu_err *err)
{
    struct hva_vm *vm = vm_new(be, spec);
    int r = 0;

    if (!vm)
        return lu_err_set(err, -ENOMEM, "out of memory");
    vm->dom = virDomainLookupByName(be->conn, spec->name);
    if (!vm->dom || virDomainIsActive(vm->dom) != 1)
        r = lu_err_set(err, -ENOENT, "guest %s does not run", spec->name);
    else
        r = vm_settle(vm, spec, err);
    if (r < 0) {
        vm_close(vm);
        return r;
    }
    *ret = vm;
    return 0;
}

/* Until libvirt too knows that the guest ended: its name is free then. */
static bool wait_dead(struct hva_vm *vm, unsigned ms)
{
    struct timespec until = hva_cond_deadline(ms);
    int r = 0;

    pthread_mutex_lock(&vm->be->lock);
    while (atomic_load(&vm->alive) && r == 0)
        r = pthread_cond_timedwait(&vm->be->changed, &vm->be->lock, &until);
    pthread_mutex_unlock(&vm->be->lock);
    return !atomic_load(&vm->alive);
}

static bool ended_by(struct hva_vm *vm, int sig, unsigned ms)
{
    return (pidfd_send_signal(vm->process, sig, NULL, 0) == 0 || errno == ESRCH) &&
           wait_dead(vm, ms);
}

/* Signals, not monitor commands: a QEMU that hangs would never answer one. */
static int vm_stop(struct hva_vm *vm, struct lu_err *err)
{
    if (!atomic_load(&vm->alive) || ended_by(vm, SIGTERM, STOP_MS) ||
        ended_by(vm, SIGKILL, KILL_MS))
        return 0;
    if (virDomainDestroy(vm->dom) < 0 && virDomainIsActive(vm->dom) == 1)
        return hva_virt_error(err, "ending guest %s", vm->name);
    atomic_store(&vm->alive, false);
    return 0;
}

static void vm_kill(struct hva_vm *vm)
{
    if (pidfd_send_signal(vm->process, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
        hva_warn("libvirt", "killing guest %s: %s", vm->name, strerror(errno));
}

static bool vm_alive(struct hva_vm *vm)
{
    struct pollfd p = {.fd = vm->process, .events = POLLIN};

    return atomic_load(&vm->alive) && poll(&p, 1, 0) <= 0;
}

static unsigned vm_resets(struct hva_vm *vm)
{
    return atomic_load(&vm->resets);
}

static long vm_pid(struct hva_vm *vm)
{
    return vm->pid;
}

static int vm_ram(struct hva_vm *vm, struct hva_ram *ret, struct lu_err *err)
{
    if (!vm->ram.base)
        return lu_err_set(err, -ENODEV, "guest memory is not mapped");
    *ret = vm->ram;
    return 0;
}

const struct hva_backend_ops hva_libvirt_ops = {
    .name = "libvirt",
    .vm_start = vm_start,
    .vm_attach = vm_attach,
    .vm_close = vm_close,
    .vm_stop = vm_stop,
    .vm_kill = vm_kill,
    .vm_alive = vm_alive,
    .vm_resets = vm_resets,
    .vm_pid = vm_pid,
    .vm_kvm = hva_libvirt_vm_kvm,
    .vm_pause = hva_libvirt_vm_pause,
    .vm_resume = hva_libvirt_vm_resume,
    .vm_save = hva_libvirt_vm_save,
    .vm_load = hva_libvirt_vm_load,
    .vm_drop = hva_libvirt_vm_drop,
    .vm_ram = vm_ram,
    .vm_channel = hva_libvirt_vm_channel,
    .net_arm = hva_libvirt_net_arm,
    .net_switch = hva_libvirt_net_switch,
    .net_remove = hva_libvirt_net_remove,
};
