/* SPDX-License-Identifier: MIT
 *
 * Virtio over PCI: finding the device's configuration structures, the
 * initialisation sequence (VIRTIO 1.1, 3.1.1 and 4.1.4).
 */
#include <string.h>

#include <lu/sys.h>
#include <lu/virtio.h>

#include "virtio-regs.h"

#define RESET_TRIES 100000u

static uint32_t load32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

/* Maps the structure that a vendor capability describes; its address or -LU_E... */
static long structure_map(const struct virtio_device *dev, const struct pci_cap *cap, uint32_t need)
{
    uint32_t offset = load32(cap->bytes + 8), length = load32(cap->bytes + 12);
    struct pci_bar bar;
    int ret = pci_bar(&dev->pci, cap->bytes[4], &bar);

    if (ret < 0)
        return ret;
    if ((bar.flags & LU_PCI_BAR_PORT) || length < need || offset > bar.size ||
        length > bar.size - offset)
        return -LU_EIO;
    return sys_mmio_map(bar.addr + offset, length);
}

static int structure_take(struct virtio_device *dev, const struct pci_cap *cap)
{
    uint8_t kind = cap->bytes[3];
    uint32_t need = kind == CAP_COMMON ? sizeof(struct virtio_common) : 1;
    long va;

    if (kind < CAP_COMMON || kind > CAP_DEVICE)
        return 0;
    va = structure_map(dev, cap, need);
    if (va < 0)
        return (int)va;
    if (kind == CAP_COMMON && !dev->common)
        dev->common = (volatile struct virtio_common *)va;
    else if (kind == CAP_ISR && !dev->isr)
        dev->isr = (volatile uint8_t *)va;
    else if (kind == CAP_NOTIFY && !dev->notify) {
        dev->notify = (volatile uint8_t *)va;
        dev->notify_multiplier = load32(cap->bytes + 16);
    } else if (kind == CAP_DEVICE && !dev->config) {
        dev->config = (volatile uint8_t *)va;
        dev->config_size = load32(cap->bytes + 12);
    }
    return 0;
}

static int device_map(struct virtio_device *dev)
{
    struct pci_cap cap;
    int ret;

    for (unsigned n = 0; pci_cap(&dev->pci, PCI_CAP_VENDOR, n, &cap) == 0; n++) {
        ret = structure_take(dev, &cap);
        if (ret < 0)
            return ret;
    }
    return dev->common && dev->isr && dev->notify ? 0 : -LU_EPROTO;
}

static int device_reset(struct virtio_device *dev)
{
    dev->common->device_status = 0;
    for (unsigned i = 0; i < RESET_TRIES; i++)
        if (dev->common->device_status == 0)
            return 0;
    return -LU_ETIMEDOUT;
}

int virtio_open(uint16_t modern_id, uint16_t transitional_id, unsigned n,
                struct virtio_device *ret_dev)
{
    struct virtio_device dev = {0};
    int ret = pci_open(VIRTIO_VENDOR, modern_id, n, &dev.pci);

    if (ret == -LU_ENOENT && transitional_id)
        ret = pci_open(VIRTIO_VENDOR, transitional_id, n, &dev.pci);
    if (ret < 0)
        return ret;
    ret = pci_enable(&dev.pci, LU_PCI_ENABLE_MEM | LU_PCI_ENABLE_INTX);
    if (ret < 0)
        return ret;
    ret = device_map(&dev);
    if (ret < 0)
        return ret;
    ret = device_reset(&dev);
    if (ret < 0)
        return ret;
    dev.common->device_status = STATUS_ACKNOWLEDGE;
    dev.common->device_status = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
    *ret_dev = dev;
    return 0;
}

static uint64_t features_read(volatile struct virtio_common *c)
{
    uint64_t features;

    c->device_feature_select = 0;
    features = c->device_feature;
    c->device_feature_select = 1;
    return features | (uint64_t)c->device_feature << 32;
}

static void features_write(volatile struct virtio_common *c, uint64_t features)
{
    c->driver_feature_select = 0;
    c->driver_feature = (uint32_t)features;
    c->driver_feature_select = 1;
    c->driver_feature = (uint32_t)(features >> 32);
}

int virtio_negotiate(struct virtio_device *dev, uint64_t wanted, uint64_t *ret_features)
{
    uint64_t features = features_read(dev->common) & (wanted | VIRTIO_F_VERSION_1);

    if (!(features & VIRTIO_F_VERSION_1))
        return -LU_EPROTO;
    features_write(dev->common, features);
    dev->common->device_status = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
    if (!(dev->common->device_status & STATUS_FEATURES_OK))
        return -LU_EPROTO;
    *ret_features = features;
    return 0;
}

static void address_write(volatile uint32_t *reg, uint64_t phys)
{
    reg[0] = (uint32_t)phys;
    reg[1] = (uint32_t)(phys >> 32);
}

int virtq_init(struct virtio_device *dev, uint16_t index, struct virtq *ret_queue)
{
    volatile struct virtio_common *c = dev->common;
    struct virtq q = {.index = index};
    struct lu_dma dma;
    int ret;

    if (index >= c->num_queues)
        return -LU_ENOENT;
    c->queue_select = index;
    q.size = c->queue_size;
    if (q.size == 0)
        return -LU_ENOENT;
    if (q.size > VIRTQ_MAX)
        q.size = VIRTQ_MAX;
    ret = sys_dma_alloc(sizeof(struct virtq_ring), &dma);
    if (ret < 0)
        return ret;
    q.ring = (volatile struct virtq_ring *)dma.va;
    q.doorbell =
        (volatile uint16_t *)(dev->notify + (size_t)c->queue_notify_off * dev->notify_multiplier);
    c->queue_size = q.size;
    address_write(c->queue_desc, dma.phys + offsetof(struct virtq_ring, desc));
    address_write(c->queue_driver, dma.phys + offsetof(struct virtq_ring, avail));
    address_write(c->queue_device, dma.phys + offsetof(struct virtq_ring, used));
    c->queue_enable = 1;
    *ret_queue = q;
    return 0;
}

int virtio_start(struct virtio_device *dev)
{
    int ret = pci_enable(&dev->pci, LU_PCI_ENABLE_MEM | LU_PCI_ENABLE_INTX | LU_PCI_ENABLE_MASTER);

    if (ret < 0)
        return ret;
    dev->common->device_status |= STATUS_DRIVER_OK;
    return 0;
}

uint8_t virtio_isr(struct virtio_device *dev)
{
    return *dev->isr;
}
