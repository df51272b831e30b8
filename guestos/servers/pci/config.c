/* SPDX-License-Identifier: MIT
 *
 * Configuration mechanism #1 (PCI Local Bus Specification 3.0, 3.2.2.3.2).  The
 * address port is written before each access, so nothing has to be remembered.
 */
#include "config.h"

#include <lu/sys.h>

#define PORT_ADDRESS 0xcf8u
#define PORT_DATA 0xcfcu

static void select_register(lu_pci_dev dev, unsigned offset)
{
    sys_port_out(PORT_ADDRESS, 4, 0x80000000u | dev << 8 | (offset & 0xfcu));
}

uint32_t config_read(lu_pci_dev dev, unsigned offset, unsigned width)
{
    select_register(dev, offset);
    return (uint32_t)sys_port_in((uint16_t)(PORT_DATA + (offset & 3u)), width);
}

void config_write(lu_pci_dev dev, unsigned offset, unsigned width, uint32_t value)
{
    select_register(dev, offset);
    sys_port_out((uint16_t)(PORT_DATA + (offset & 3u)), width, value);
}
