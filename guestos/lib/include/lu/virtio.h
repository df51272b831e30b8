/* SPDX-License-Identifier: MIT
 *
 * Virtio 1.x devices on PCI, modern interface, split virtqueues, INTx (Virtual I/O
 * Device (VIRTIO) Version 1.1, sections 2.6, 3.1, 4.1).  What the device writes
 * is treated as hostile: ids and lengths are checked against what was given to
 * it.  All state is in the two structures, so that it survives a live update.
 */
#pragma once

#include <stdbool.h>

#include <lu/pci-dev.h>

#define VIRTIO_VENDOR 0x1af4u
#define VIRTIO_F_VERSION_1 (1ull << 32)
#define VIRTQ_MAX 32u /* descriptors per queue, a power of two */

struct virtio_common;

struct virtio_device {
    struct pci_device pci;
    volatile struct virtio_common *common;
    volatile uint8_t *isr;
    volatile uint8_t *config; /* device-specific configuration */
    volatile uint8_t *notify;
    uint32_t notify_multiplier;
    uint32_t config_size;
};

struct virtq_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags, next;
};

/* The queue's DMA memory: one page. */
struct virtq_ring {
    struct virtq_desc desc[VIRTQ_MAX];
    struct {
        uint16_t flags, idx, ring[VIRTQ_MAX], used_event;
    } avail;
    uint16_t pad;
    struct {
        uint16_t flags, idx;
        struct {
            uint32_t id, len;
        } ring[VIRTQ_MAX];
        uint16_t avail_event;
    } used;
};

struct virtq {
    volatile struct virtq_ring *ring;
    volatile uint16_t *doorbell;
    uint16_t index, size;
    uint16_t used_seen;       /* used.idx as far as it was read */
    uint16_t n_busy;          /* descriptors owned by the device */
    uint32_t lens[VIRTQ_MAX]; /* by descriptor: bytes given to the device, 0 = ours */
    uint32_t tokens[VIRTQ_MAX];
    uint64_t errors; /* entries of the device that made no sense */
};

/* Finds the n-th device with either id (the transitional one may be 0), claims it,
 * maps its configuration structures, resets it.  0 or -LU_E... */
int virtio_open(uint16_t modern_id, uint16_t transitional_id, unsigned n,
                struct virtio_device *ret_dev);

/* Agrees on `wanted` as far as the device offers it; VIRTIO_F_VERSION_1 is a must
 * (-LU_EPROTO).  *ret_features = what both have. */
int virtio_negotiate(struct virtio_device *dev, uint64_t wanted, uint64_t *ret_features);

/* Sets up queue `index` in fresh DMA memory; before virtio_start.  -LU_ENOENT if the
 * device has no such queue. */
int virtq_init(struct virtio_device *dev, uint16_t index, struct virtq *ret_queue);

/* The device may use its queues from here on; enables bus mastering and INTx. */
int virtio_start(struct virtio_device *dev);

/* Reads (and so acknowledges) the interrupt cause; 0 = not ours. */
uint8_t virtio_isr(struct virtio_device *dev);

/* Gives one buffer to the device: `device_writes` says who writes it.  `token` comes
 * back from virtq_take.  -LU_EAGAIN when the queue is full. */
int virtq_add(struct virtq *q, uint64_t phys, uint32_t len, bool device_writes, uint32_t token);

/* Tells the device about what was added. */
void virtq_kick(struct virtq *q);

/* Takes back a buffer that the device is done with: true, its token, and the bytes
 * that the device wrote (never above what it was given). */
bool virtq_take(struct virtq *q, uint32_t *ret_token, uint32_t *ret_len);
