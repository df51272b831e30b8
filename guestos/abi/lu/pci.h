/* SPDX-License-Identifier: MIT
 *
 * The PCI service (guestos/servers/pci): owner of configuration space.  A driver
 * asks by sendrec; the service answers at once and never calls anybody, so a
 * call cannot deadlock.  guestos/lib/pci wraps it.
 *
 * A device is named by its address lu_pci_dev: bus << 8 | device << 3 | function.
 * Everybody with the right to send may look; the calls marked [owner] need a
 * LU_PCI_CLAIM first.  A claim belongs to the caller's slot: a restarted driver
 * may claim again, a new version made by a live update keeps the claim.
 *
 * Every reply carries `status` = 0 or -LU_E...; arguments not named are 0.
 * -LU_ENOENT: no such device or capability, -LU_EPERM: not the owner,
 * -LU_EBUSY: another slot owns it, -LU_EINVAL: malformed argument.
 */
#pragma once

#include <lu/msg.h>

typedef uint32_t lu_pci_dev;
#define LU_PCI_DEV(bus, dev, fn) ((lu_pci_dev)((bus) << 8 | (dev) << 3 | (fn)))

/* arg[0] = vendor, arg[1] = device id, arg[2] = n (0 = first in scan order).
 * Reply: arg[0] = lu_pci_dev, arg[1] = class << 16 | subclass << 8 | prog-if,
 * arg[2] = interrupt line (PIC input 0..15, 255 = none), arg[3] = interrupt pin
 * (1 = INTA .. 4, 0 = none), arg[4] = subsystem id << 16 | subsystem vendor,
 * arg[5] = revision. */
#define LU_PCI_FIND LU_MSG(LU_PROTO_PCI, 1)

/* [owner] arg[0] = device, arg[1] = BAR number 0..5.  Decoding is switched off for
 * a moment while the size is read: don't touch the device meanwhile.
 * Reply: arg[0] = address (physical, or port), arg[1] = size in bytes,
 * arg[2] = LU_PCI_BAR_* flags.  A BAR that is not there: -LU_ENOENT. */
#define LU_PCI_BAR LU_MSG(LU_PROTO_PCI, 2)
#define LU_PCI_BAR_PORT 1u /* I/O ports; else memory */
#define LU_PCI_BAR_64 2u   /* takes this BAR and the next */
#define LU_PCI_BAR_PREFETCH 4u

/* arg[0] = device, arg[1] = capability id (0x09 = vendor, 0x05 = MSI, ...),
 * arg[2] = n (0 = first with that id).
 * Reply: arg[0] = offset in configuration space, arg[1..3] = the 24 bytes that
 * start there (0 beyond the end of configuration space). */
#define LU_PCI_CAP LU_MSG(LU_PROTO_PCI, 3)

/* arg[0] = device, arg[1] = offset 0..255, arg[2] = width 1|2|4, aligned.
 * Reply: arg[0] = value. */
#define LU_PCI_READ LU_MSG(LU_PROTO_PCI, 4)

/* [owner] arg[0] = device, arg[1] = offset, arg[2] = width, arg[3] = value.
 * BARs, command register and bridge registers can't be written this way
 * (-LU_EPERM): the service keeps the address map. */
#define LU_PCI_WRITE LU_MSG(LU_PROTO_PCI, 5)

/* arg[0] = device.  The caller's slot becomes the owner. */
#define LU_PCI_CLAIM LU_MSG(LU_PROTO_PCI, 6)

/* [owner] arg[0] = device, arg[1] = LU_PCI_ENABLE_*: exactly these become
 * enabled.  Bus mastering is enabled on the bridges above as well. */
#define LU_PCI_ENABLE LU_MSG(LU_PROTO_PCI, 7)
#define LU_PCI_ENABLE_PORT 1u
#define LU_PCI_ENABLE_MEM 2u
#define LU_PCI_ENABLE_MASTER 4u
#define LU_PCI_ENABLE_INTX 8u
