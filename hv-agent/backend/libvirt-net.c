/* SPDX-License-Identifier: MIT
 *
 * The network hold, made of QEMU's net filters on the guest's netdev.  Guest to
 * network ("rx" of the netdev) is walked from the last filter to the first, the
 * other way from first to last.  So, in order of making:
 *   inject  (rx redirector, indev)   what we write goes on to the network
 *   out     (rx redirector, outdev)  takes the guest's frames off, to us
 *   seen    (tx mirror, outdev)      copies what the guest is sent
 *   replay  (tx redirector, indev)   what we write goes on to the guest
 * `out` and `seen` are made switched off.  Each has a socket chardev that
 * connects to a listener of ours.
 */
#include "libvirt-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/util.h"
#include "domxml.h"
#include "qmp.h"

#define HOLD_BUFFER (4 << 20) /* socket buffer asked for, so that QEMU hardly ever waits */

struct part {
    const char *id, *kind, *queue, *dev;
    bool switched;
};

static const struct part parts[] = {
    {"hold-inject", "filter-redirector", "rx", "indev", false},
    {"hold-out", "filter-redirector", "rx", "outdev", true},
    {"hold-seen", "filter-mirror", "tx", "outdev", true},
    {"hold-replay", "filter-redirector", "tx", "indev", false},
};
#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

static int listen_at(struct hva_vm *vm, struct sockaddr_un *addr, int *ret_fd, struct lu_err *err)
{
    HVA_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int n = snprintf(addr->sun_path, sizeof(addr->sun_path), "%s/hold.sock", vm->dir);

    addr->sun_family = AF_UNIX;
    if (n < 0 || (size_t)n >= sizeof(addr->sun_path))
        return lu_err_set(err, -ENAMETOOLONG, "hold socket's path is too long: %s", vm->dir);
    if (fd < 0)
        return lu_err_errno(err, -errno, "socket");
    unlink(addr->sun_path);
    if (bind(fd, (struct sockaddr *)addr, sizeof(*addr)) < 0 || listen(fd, 4) < 0)
        return lu_err_errno(err, -errno, "listening at %s", addr->sun_path);
    *ret_fd = hva_take_fd(&fd);
    return 0;
}

static int add_chardev(struct hva_vm *vm, const char *id, const char *path, struct lu_err *err)
{
    json_t *addr = json_pack("{s:s, s:{s:s}}", "type", "unix", "data", "path", path);
    json_t *args = json_pack("{s:s, s:{s:s, s:{s:o, s:b}}}", "id", id, "backend", "type", "socket",
                             "data", "addr", addr, "server", 0);

    return hva_qmp(vm->dom, "chardev-add", args, NULL, err);
}

static int add_filter(struct hva_vm *vm, const struct part *p, struct lu_err *err)
{
    json_t *args = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "qom-type", p->kind, "id", p->id,
                             "netdev", HVA_NETDEV_ID, "queue", p->queue, p->dev, p->id, "status",
                             p->switched ? "off" : "on");

    return hva_qmp(vm->dom, "object-add", args, NULL, err);
}

static int arm_part(struct hva_vm *vm, const struct part *p, int listener, const char *path,
                    int *ret_fd, struct lu_err *err)
{
    int size = HOLD_BUFFER, fd;
    int r = add_chardev(vm, p->id, path, err);

    if (r < 0)
        return r;
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return lu_err_errno(err, -errno, "accepting QEMU's connection");
    *ret_fd = fd;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) < 0)
        return lu_err_errno(err, -errno, "socket buffer");
    return add_filter(vm, p, err);
}

/* Our end of a part, by its place in the table. */
static int *part_fd(struct hva_net_fds *fds, size_t i)
{
    int *const ends[N_PARTS] = {&fds->inject, &fds->out, &fds->seen, &fds->replay};

    return ends[i];
}

int hva_libvirt_net_arm(struct hva_vm *vm, struct hva_net_fds *ret, struct lu_err *err)
{
    struct hva_net_fds fds = {-1, -1, -1, -1};
    struct sockaddr_un addr;
    HVA_CLOSE int listener = -1;
    int r = listen_at(vm, &addr, &listener, err);

    for (size_t i = 0; i < N_PARTS && r == 0; i++)
        r = arm_part(vm, &parts[i], listener, addr.sun_path, part_fd(&fds, i), err);
    unlink(addr.sun_path);
    if (r < 0) {
        hva_libvirt_net_remove(vm, NULL);
        for (size_t i = 0; i < N_PARTS; i++)
            hva_close_fd(part_fd(&fds, i));
        return lu_err_wrap(err, r, "preparing to hold the network output");
    }
    *ret = fds;
    return 0;
}

int hva_libvirt_net_switch(struct hva_vm *vm, bool on, struct lu_err *err)
{
    char path[64];

    for (size_t i = 0; i < N_PARTS; i++) {
        int r;

        if (!parts[i].switched)
            continue;
        snprintf(path, sizeof(path), "/objects/%s", parts[i].id);
        r = hva_qmp(vm->dom, "qom-set",
                    json_pack("{s:s, s:s, s:s}", "path", path, "property", "status", "value",
                              on ? "on" : "off"),
                    NULL, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool listed(json_t *list, const char *key, const char *id)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        const char *name = json_string_value(json_object_get(item, key));

        if (name && !strcmp(name, id))
            return true;
    }
    return false;
}

/* Removes those of our ids that `query` lists under `key`; goes on after an error. */
static int remove_listed(struct hva_vm *vm, json_t *list, const char *key, const char *command,
                         struct lu_err *err)
{
    int result = 0;

    for (size_t i = N_PARTS; i-- > 0;) {
        int r;

        if (!listed(list, key, parts[i].id))
            continue;
        r = hva_qmp(vm->dom, command, json_pack("{s:s}", "id", parts[i].id), NULL, err);
        if (r < 0)
            result = r;
    }
    return result;
}

int hva_libvirt_net_remove(struct hva_vm *vm, struct lu_err *err)
{
    json_t *list;
    int r = hva_qmp(vm->dom, "qom-list", json_pack("{s:s}", "path", "/objects"), &list, err);

    if (r < 0)
        return r;
    r = remove_listed(vm, list, "name", "object-del", err);
    json_decref(list);
    if (r < 0)
        return r;
    r = hva_qmp(vm->dom, "query-chardev", NULL, &list, err);
    if (r < 0)
        return r;
    r = remove_listed(vm, list, "label", "chardev-remove", err);
    json_decref(list);
    return r;
}
