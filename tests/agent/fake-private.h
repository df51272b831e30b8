/* SPDX-License-Identifier: MIT
 *
 * What the files of the fake hypervisor share.  The guest's thread handles one
 * frame at a time under `lock`; a paused guest handles none, so pausing is
 * taking the lock and raising a flag.
 */
#pragma once

#include "fake-ram.h"
#include "fake.h"

#include <lu/frame.h>
#include <pthread.h>

#define TAGS 8

struct fake_devices { /* what savevm keeps */
    char tag[64];
    uint32_t epoch, seq;
};

struct hva_backend {
    struct fake *fake;
};

struct hva_vm {
    struct fake *fake;
};

struct fake_bytes {
    uint8_t data[1 << 20];
    size_t len;
};

struct fake {
    struct hva_backend be;
    struct hva_vm vm;
    char name[LU_NAME_MAX];
    struct hva_ram ram;
    struct fake_body old_body, new_body;
    struct lu_moved moved; /* by a transfer from one to the other */
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
    uint64_t stalled_until; /* monotonic: nothing is read or said before */
    struct fake_devices saved[TAGS];
    struct fake_seen seen;
    struct hva_net_fds net;           /* the hypervisor's ends */
    struct fake_bytes sent, replayed; /* what went on to the network, and to the guest */
};

/* fake-talk.c; the caller holds the lock */
void fake_handle(struct fake *f, const struct lu_frame *head, const uint8_t *payload);
void fake_reply(struct fake *f, uint16_t type, const void *payload, uint32_t len);
void fake_finish_transfer(struct fake *f);
void fake_swap_in(struct fake *f);
void fake_spoil(struct fake *f);

/* fake-devices.c; the caller holds the lock */
struct fake_devices *fake_find_devices(struct fake *f, const char *tag); /* NULL: none */
void fake_save_devices(struct fake *f, const char *tag);

/* fake-net.c */
void fake_net_close(struct fake *f);
int fake_net_arm(struct hva_vm *vm, struct hva_net_fds *ret, struct lu_err *err);
int fake_net_switch(struct hva_vm *vm, bool on, struct lu_err *err);
int fake_net_remove(struct hva_vm *vm, struct lu_err *err);
