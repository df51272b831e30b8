/* SPDX-License-Identifier: MIT
 *
 * The devices of all buses that the firmware numbered, and what can be said
 * about one.  The table is filled once; devices don't come or go.
 */
#pragma once

#include <stdbool.h>

#include <lu/pci.h>

#define BUS_MAX_DEVICES 96u

struct bus_device {
    lu_pci_dev dev;
    uint16_t vendor, device;
    uint8_t header;            /* type, without the multi-function bit */
    uint32_t owner;            /* kernel slot + 1 of the driver, 0 = free */
    struct bus_device *bridge; /* the bridge above, NULL on bus 0 */
};

/* Fills the table.  Number of devices, or -LU_E... */
int bus_scan(void);

/* The n-th device with these ids in scan order, or NULL. */
struct bus_device *bus_find(uint16_t vendor, uint16_t device, uint64_t n);
struct bus_device *bus_device(uint64_t dev);

/* Address, size and LU_PCI_BAR_* flags of a BAR.  -LU_ENOENT: not there. */
int bus_bar(const struct bus_device *d, unsigned bar, uint64_t *ret_addr, uint64_t *ret_size,
            uint32_t *ret_flags);

/* Offset of the n-th capability `id`, or -LU_ENOENT. */
int bus_cap(const struct bus_device *d, uint8_t id, uint64_t n);

/* LU_PCI_ENABLE_*: exactly these; bridges above get bus mastering too. */
void bus_enable(const struct bus_device *d, uint32_t what);
