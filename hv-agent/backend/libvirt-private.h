/* SPDX-License-Identifier: MIT
 *
 * What the libvirt backend's files share.
 */
#pragma once

#include "libvirt.h"

#include <libvirt/libvirt.h>
#include <pthread.h>
#include <stdatomic.h>

struct hva_backend {
    virConnectPtr conn;
    char *uri;
    char *pid_dir; /* where libvirt keeps NAME.pid */
    pthread_t loop;
    _Atomic bool quit;
    int wake_timer;
    int callbacks[2];
    pthread_mutex_t lock; /* guards vms and every vm's next */
    pthread_cond_t changed;
    struct hva_vm *vms;
};

struct hva_vm {
    struct hva_backend *be;
    struct hva_vm *next;
    virDomainPtr dom;
    char name[HVA_GUEST_NAME_MAX + 1];
    char *dir;
    long pid;
    int process; /* pidfd of QEMU: tells at once that it ended; -1 until it is known */
    struct hva_ram ram;
    _Atomic bool alive; /* in libvirt's eyes, which look again only a second or two later */
    _Atomic unsigned resets;
};

/* libvirt-net.c */
int hva_libvirt_net_arm(struct hva_vm *vm, struct hva_net_fds *ret, struct lu_err *err);
int hva_libvirt_net_switch(struct hva_vm *vm, bool on, struct lu_err *err);
int hva_libvirt_net_remove(struct hva_vm *vm, struct lu_err *err);

/* libvirt-vm.c: everything that works on one started guest */
int hva_libvirt_vm_kvm(struct hva_vm *vm, bool *ret, struct lu_err *err);
int hva_libvirt_vm_pause(struct hva_vm *vm, struct lu_err *err);
int hva_libvirt_vm_resume(struct hva_vm *vm, struct lu_err *err);
int hva_libvirt_vm_save(struct hva_vm *vm, const char *tag, struct lu_err *err);
int hva_libvirt_vm_load(struct hva_vm *vm, const char *tag, struct lu_err *err);
int hva_libvirt_vm_drop(struct hva_vm *vm, const char *tag, struct lu_err *err);
int hva_libvirt_vm_channel(struct hva_vm *vm, int *ret_fd, struct lu_err *err);
/* Tells QEMU to leave shared RAM out of what it saves. */
int hva_libvirt_vm_ignore_ram(struct hva_vm *vm, struct lu_err *err);
