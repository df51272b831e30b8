/* SPDX-License-Identifier: MIT
 *
 * PCI configuration mechanism #1: ports 0xcf8 (address) and 0xcfc (data).
 * Offsets and widths are the caller's duty: width 1, 2 or 4, aligned, below 256.
 */
#pragma once

#include <lu/pci.h>

#define CONFIG_VENDOR 0x00u
#define CONFIG_DEVICE 0x02u
#define CONFIG_COMMAND 0x04u
#define CONFIG_STATUS 0x06u
#define CONFIG_REVISION 0x08u
#define CONFIG_PROG_IF 0x09u
#define CONFIG_HEADER 0x0eu
#define CONFIG_BAR0 0x10u
#define CONFIG_SECONDARY 0x19u /* bridges */
#define CONFIG_SUBSYSTEM 0x2cu
#define CONFIG_CAPS 0x34u
#define CONFIG_IRQ_LINE 0x3cu
#define CONFIG_IRQ_PIN 0x3du
#define CONFIG_SIZE 0x100u

#define COMMAND_PORT 0x1u
#define COMMAND_MEM 0x2u
#define COMMAND_MASTER 0x4u
#define COMMAND_NO_INTX 0x400u
#define STATUS_CAPS 0x10u
#define HEADER_TYPE 0x7fu
#define HEADER_MULTI 0x80u
#define HEADER_BRIDGE 0x01u

uint32_t config_read(lu_pci_dev dev, unsigned offset, unsigned width);
void config_write(lu_pci_dev dev, unsigned offset, unsigned width, uint32_t value);
