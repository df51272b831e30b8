/* SPDX-License-Identifier: MIT
 *
 * What a driver asks the PCI service (lu/pci.h), as functions.  All are
 * synchronous: 0 or -LU_E..., outputs are untouched on failure.  For use while a
 * driver starts; keep struct pci_device for later configuration accesses.
 */
#pragma once

#include <lu/pci.h>

struct pci_device {
    lu_ep service; /* the PCI service's endpoint */
    lu_pci_dev dev;
    uint32_t class_code; /* class << 16 | subclass << 8 | prog-if */
    uint32_t irq;        /* PIC input, 255 = none */
    uint32_t pin;        /* 1 = INTA .. 4, 0 = none */
};

struct pci_bar {
    uint64_t addr, size;
    uint32_t flags; /* LU_PCI_BAR_* */
};

/* A capability: where it is, and its first 24 bytes. */
struct pci_cap {
    uint32_t offset;
    uint8_t bytes[24];
};

/* Finds the n-th device with these ids and claims it. */
int pci_open(uint16_t vendor, uint16_t device, unsigned n, struct pci_device *ret_dev);
int pci_bar(const struct pci_device *dev, unsigned bar, struct pci_bar *ret_bar);
int pci_cap(const struct pci_device *dev, uint8_t id, unsigned n, struct pci_cap *ret_cap);
int pci_read(const struct pci_device *dev, unsigned offset, unsigned width, uint32_t *ret_value);
int pci_write(const struct pci_device *dev, unsigned offset, unsigned width, uint32_t value);
/* Exactly these (LU_PCI_ENABLE_*) become enabled. */
int pci_enable(const struct pci_device *dev, uint32_t what);
