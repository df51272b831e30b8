/* SPDX-License-Identifier: MIT
 *
 * What the agent's core asks of a hypervisor: a table of operations, without
 * any libvirt type.  The real one is libvirt.c; tests have one that plays a
 * guest.  Operations on one vm are called by one thread at a time, except
 * vm_alive, vm_kill and vm_ram's mapping, which any thread may use until vm_close.
 * All return 0 or a negative errno with `err` filled in.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hva_backend; /* the implementation's */
struct hva_vm;

#define HVA_MAX_FORWARDS 8u
#define HVA_GUEST_NAME_MAX 32u

enum hva_accel { HVA_ACCEL_AUTO = 0, HVA_ACCEL_KVM, HVA_ACCEL_TCG };

struct hva_forward {
    uint16_t host_port, guest_port; /* TCP, 127.0.0.1 on the host */
};

struct hva_vm_spec {
    char name[HVA_GUEST_NAME_MAX + 1];
    unsigned memory_mib;
    enum hva_accel accel; /* KVM or TCG: chosen already */
    const char *dir;      /* the guest's own directory: sockets, log, vmstate disk */
    const char *kernel, *initrd;
    struct hva_forward forwards[HVA_MAX_FORWARDS];
    size_t n_forwards;
};

/* Guest physical memory, mapped shared: writes are the guest's at once. */
struct hva_ram {
    uint8_t *base;
    uint64_t size;       /* bytes; guest physical 0 is base[0] (RAM below 2 GiB on q35) */
    const bool *present; /* per page: the others are zero, and not to be touched; NULL: all are */
};

/* Ends of the network hold.  Frames are a 32-bit big-endian length and the
 * Ethernet frame, both ways. */
struct hva_net_fds {
    int out;    /* read: what the guest sent while the hold is on */
    int inject; /* write: goes on to the network as if the guest had sent it */
    int seen;   /* read: a copy of what the network sends to the guest while the hold is on */
    int replay; /* write: goes to the guest as if the network had sent it */
};

struct hva_backend_ops {
    const char *name;
    int (*vm_start)(struct hva_backend *be, const struct hva_vm_spec *spec, struct hva_vm **ret,
                    struct lu_err *err);
    /* A guest that runs already (an earlier agent started it); resumes it only if told later.
     * Does not need its answer, so that one that hangs is taken over too.  -ENOENT: there is no
     * such guest any more. */
    int (*vm_attach)(struct hva_backend *be, const struct hva_vm_spec *spec, struct hva_vm **ret,
                     struct lu_err *err);
    void (*vm_close)(struct hva_vm *vm);                   /* forgets it; the guest goes on */
    int (*vm_stop)(struct hva_vm *vm, struct lu_err *err); /* ends the guest, in bounded time */
    void (*vm_kill)(
        struct hva_vm *vm); /* at once; what waits for the guest fails, vm_stop follows */
    bool (*vm_alive)(struct hva_vm *vm);
    unsigned (*vm_resets)(struct hva_vm *vm); /* times the guest reset itself since attach */
    long (*vm_pid)(struct hva_vm *vm);
    int (*vm_kvm)(struct hva_vm *vm, bool *ret, struct lu_err *err); /* is KVM really in use */
    int (*vm_pause)(struct hva_vm *vm, struct lu_err *err);          /* fine when paused already */
    int (*vm_resume)(struct hva_vm *vm, struct lu_err *err);         /* fine when running already */
    /* Device state under a tag ([a-z0-9-]); the vm is paused.  vm_save replaces a snapshot of
     * the same tag.  vm_drop of a tag that is not there is no error. */
    int (*vm_save)(struct hva_vm *vm, const char *tag, struct lu_err *err);
    int (*vm_load)(struct hva_vm *vm, const char *tag, struct lu_err *err);
    int (*vm_drop)(struct hva_vm *vm, const char *tag, struct lu_err *err);
    int (*vm_ram)(struct hva_vm *vm, struct hva_ram *ret, struct lu_err *err);
    /* A new connection to the channel, non-blocking; the caller closes it. */
    int (*vm_channel)(struct hva_vm *vm, int *ret_fd, struct lu_err *err);
    /* Network hold: arm makes its parts, switched off; the caller closes the fds after
     * net_remove.  net_remove also clears away what a dead agent left. */
    int (*net_arm)(struct hva_vm *vm, struct hva_net_fds *ret, struct lu_err *err);
    int (*net_switch)(struct hva_vm *vm, bool on, struct lu_err *err);
    int (*net_remove)(struct hva_vm *vm, struct lu_err *err);
};

const char *hva_accel_word(enum hva_accel accel);
