/* SPDX-License-Identifier: MIT
 *
 * One running guest: pause, resume, device state, channel.  Device state goes
 * into internal snapshots of the vmstate disk; RAM is shared and left out, its
 * copy is the core's business.
 */
#include "libvirt-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/util.h"
#include "domxml.h"
#include "qmp.h"

#define CONNECT_S 2

int hva_libvirt_vm_ignore_ram(struct hva_vm *vm, struct lu_err *err)
{
    json_t *args =
        json_pack("{s:[{s:s, s:b}]}", "capabilities", "capability", "x-ignore-shared", "state", 1);

    return hva_qmp(vm->dom, "migrate-set-capabilities", args, NULL, err);
}

int hva_libvirt_vm_kvm(struct hva_vm *vm, bool *ret, struct lu_err *err)
{
    json_t *answer;
    int r = hva_qmp(vm->dom, "query-kvm", NULL, &answer, err);

    if (r < 0)
        return r;
    *ret = json_is_true(json_object_get(answer, "enabled"));
    json_decref(answer);
    return 0;
}

static int is_running(struct hva_vm *vm, bool *ret, struct lu_err *err)
{
    json_t *answer;
    int r = hva_qmp(vm->dom, "query-status", NULL, &answer, err);

    if (r < 0)
        return r;
    *ret = json_is_true(json_object_get(answer, "running"));
    json_decref(answer);
    return 0;
}

int hva_libvirt_vm_pause(struct hva_vm *vm, struct lu_err *err)
{
    return hva_qmp(vm->dom, "stop", NULL, NULL, err);
}

int hva_libvirt_vm_resume(struct hva_vm *vm, struct lu_err *err)
{
    bool running;
    int r = hva_qmp(vm->dom, "cont", NULL, NULL, err);

    if (r == 0)
        r = is_running(vm, &running, err);
    if (r == 0 && !running)
        r = lu_err_set(err, -EIO, "QEMU did not let the guest run on");
    return r;
}

int hva_libvirt_vm_save(struct hva_vm *vm, const char *tag, struct lu_err *err)
{
    return hva_hmp_quiet(vm->dom, err, "savevm %s", tag);
}

int hva_libvirt_vm_load(struct hva_vm *vm, const char *tag, struct lu_err *err)
{
    return hva_hmp_quiet(vm->dom, err, "loadvm %s", tag);
}

static bool has_tag(json_t *images, const char *tag)
{
    size_t i, k;
    json_t *image, *snap;

    json_array_foreach(images, i, image)
    {
        json_t *inserted = json_object_get(image, "inserted");
        json_t *list = json_object_get(json_object_get(inserted, "image"), "snapshots");

        json_array_foreach(list, k, snap)
        {
            const char *name = json_string_value(json_object_get(snap, "name"));

            if (name && !strcmp(name, tag))
                return true;
        }
    }
    return false;
}

int hva_libvirt_vm_drop(struct hva_vm *vm, const char *tag, struct lu_err *err)
{
    json_t *images;
    bool there;
    int r = hva_qmp(vm->dom, "query-block", NULL, &images, err);

    if (r < 0)
        return r;
    there = has_tag(images, tag);
    json_decref(images);
    return there ? hva_hmp_quiet(vm->dom, err, "delvm %s", tag) : 0;
}

int hva_libvirt_vm_channel(struct hva_vm *vm, int *ret_fd, struct lu_err *err)
{
    const struct timeval patience = {.tv_sec = CONNECT_S}; /* QEMU takes one at a time */
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    HVA_CLOSE int fd = -1;
    int n = snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/" HVA_CHANNEL_FILE, vm->dir);

    if (n < 0 || (size_t)n >= sizeof(addr.sun_path))
        return lu_err_set(err, -ENAMETOOLONG, "channel socket's path is too long: %s", vm->dir);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
        return lu_err_errno(err, -errno, "socket");
    if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
        return lu_err_set(err, -EIO, "connecting to %s: %s", addr.sun_path, strerror(errno));
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        return lu_err_errno(err, -errno, "socket");
    *ret_fd = hva_take_fd(&fd);
    return 0;
}
