/* SPDX-License-Identifier: MIT
 *
 * Registers of a virtio PCI device (VIRTIO 1.1, 4.1.4.3) and their values.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PCI_CAP_VENDOR 0x09

/* Kinds of configuration structures (capability's cfg_type). */
enum { CAP_COMMON = 1, CAP_NOTIFY = 2, CAP_ISR = 3, CAP_DEVICE = 4 };

#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER 2u
#define STATUS_DRIVER_OK 4u
#define STATUS_FEATURES_OK 8u

#define DESC_F_WRITE 2u
#define USED_F_NO_NOTIFY 1u

struct virtio_common {
    uint32_t device_feature_select, device_feature;
    uint32_t driver_feature_select, driver_feature;
    uint16_t msix_config, num_queues;
    uint8_t device_status, config_generation;
    uint16_t queue_select, queue_size, queue_msix_vector, queue_enable, queue_notify_off;
    uint32_t queue_desc[2], queue_driver[2], queue_device[2];
};
_Static_assert(sizeof(struct virtio_common) == 56, "common configuration is the device's layout");
_Static_assert(offsetof(struct virtio_common, queue_desc) == 32, "common configuration");
