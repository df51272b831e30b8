/* SPDX-License-Identifier: MIT
 *
 * Bus scan and resources.  The firmware has numbered the buses and set the
 * BARs; nothing of that is changed.  What devices answer is treated as data:
 * every walk is bounded.
 */
#include "bus.h"

#include <lu/log.h>

#include "config.h"

#define MAX_BUSES 32u
#define MAX_CAPS 48u

struct bus {
    uint8_t number;
    struct bus_device *bridge;
};

static struct bus_device devices[BUS_MAX_DEVICES];
static unsigned n_devices;

static bool bus_known(const struct bus *buses, unsigned n, uint8_t number)
{
    for (unsigned i = 0; i < n; i++)
        if (buses[i].number == number)
            return true;
    return false;
}

static struct bus_device *device_add(lu_pci_dev dev, uint16_t vendor, struct bus_device *bridge)
{
    struct bus_device *d;

    if (n_devices == BUS_MAX_DEVICES)
        return NULL;
    d = &devices[n_devices++];
    *d = (struct bus_device){
        .dev = dev,
        .vendor = vendor,
        .device = (uint16_t)config_read(dev, CONFIG_DEVICE, 2),
        .header = (uint8_t)(config_read(dev, CONFIG_HEADER, 1) & HEADER_TYPE),
        .bridge = bridge,
    };
    return d;
}

/* One bus; buses behind its bridges are appended.  Number of buses known, or -LU_ELIMIT. */
static int bus_scan_one(struct bus *buses, unsigned n_buses, const struct bus *bus)
{
    for (unsigned slot = 0; slot < 32 * 8; slot++) {
        lu_pci_dev dev = LU_PCI_DEV(bus->number, 0, slot);
        uint16_t vendor = (uint16_t)config_read(dev, CONFIG_VENDOR, 2);
        struct bus_device *d;
        uint8_t below;

        if (vendor == 0xffff) {
            if (slot % 8 == 0)
                slot += 7; /* no function 0: no device */
            continue;
        }
        d = device_add(dev, vendor, bus->bridge);
        if (!d)
            return -LU_ELIMIT;
        if (d->header == HEADER_BRIDGE) {
            below = (uint8_t)config_read(dev, CONFIG_SECONDARY, 1);
            if (below && !bus_known(buses, n_buses, below)) {
                if (n_buses == MAX_BUSES)
                    return -LU_ELIMIT;
                buses[n_buses++] = (struct bus){.number = below, .bridge = d};
            }
        }
        if (slot % 8 == 0 && !(config_read(dev, CONFIG_HEADER, 1) & HEADER_MULTI))
            slot += 7;
    }
    return (int)n_buses;
}

int bus_scan(void)
{
    struct bus buses[MAX_BUSES] = {{0}};
    int n_buses = 1;

    n_devices = 0;
    for (int i = 0; i < n_buses; i++) {
        n_buses = bus_scan_one(buses, (unsigned)n_buses, &buses[i]);
        if (n_buses < 0) {
            lu_log("more than %u buses or %u devices", MAX_BUSES, BUS_MAX_DEVICES);
            return n_buses;
        }
    }
    return (int)n_devices;
}

struct bus_device *bus_find(uint16_t vendor, uint16_t device, uint64_t n)
{
    for (unsigned i = 0; i < n_devices; i++)
        if (devices[i].vendor == vendor && devices[i].device == device && n-- == 0)
            return &devices[i];
    return NULL;
}

struct bus_device *bus_device(uint64_t dev)
{
    for (unsigned i = 0; i < n_devices; i++)
        if (devices[i].dev == dev)
            return &devices[i];
    return NULL;
}

/* Which address bits a 32-bit half of a BAR implements. */
static uint32_t bar_probe(lu_pci_dev dev, unsigned offset)
{
    uint32_t value = config_read(dev, offset, 4), mask;

    config_write(dev, offset, 4, 0xffffffffu);
    mask = config_read(dev, offset, 4);
    config_write(dev, offset, 4, value);
    return mask;
}

int bus_bar(const struct bus_device *d, unsigned bar, uint64_t *ret_addr, uint64_t *ret_size,
            uint32_t *ret_flags)
{
    unsigned offset = CONFIG_BAR0 + 4 * bar, n_bars = d->header == HEADER_BRIDGE ? 2 : 6;
    uint32_t command = config_read(d->dev, CONFIG_COMMAND, 2), flags;
    uint64_t addr, mask, low_bits;

    if (bar >= n_bars)
        return -LU_ENOENT;
    addr = config_read(d->dev, offset, 4); /* bit 0: port; 1..2: width; 3: prefetchable */
    low_bits = addr & 1 ? 3 : 15;
    if (addr & 1)
        flags = LU_PCI_BAR_PORT;
    else
        flags = ((addr & 6) == 4 ? LU_PCI_BAR_64 : 0) | (addr & 8 ? LU_PCI_BAR_PREFETCH : 0);
    if ((flags & LU_PCI_BAR_64) && bar + 1 >= n_bars)
        return -LU_EIO;

    config_write(d->dev, CONFIG_COMMAND, 2, command & ~(COMMAND_PORT | COMMAND_MEM));
    mask = bar_probe(d->dev, offset);
    if (flags & LU_PCI_BAR_64) {
        addr |= (uint64_t)config_read(d->dev, offset + 4, 4) << 32;
        mask |= (uint64_t)bar_probe(d->dev, offset + 4) << 32;
    } else {
        mask |= 0xffffffff00000000ull;
    }
    config_write(d->dev, CONFIG_COMMAND, 2, command);

    if (!(uint32_t)(mask & ~low_bits) && !(flags & LU_PCI_BAR_64))
        return -LU_ENOENT;
    if (flags & LU_PCI_BAR_PORT)
        mask |= 0xffff0000ull; /* a device may implement 16 bits only */
    *ret_addr = addr & ~low_bits;
    *ret_size = ~(mask & ~low_bits) + 1;
    *ret_flags = flags;
    return *ret_size ? 0 : -LU_ENOENT;
}

int bus_cap(const struct bus_device *d, uint8_t id, uint64_t n)
{
    unsigned offset;

    if (!(config_read(d->dev, CONFIG_STATUS, 2) & STATUS_CAPS))
        return -LU_ENOENT;
    offset = config_read(d->dev, CONFIG_CAPS, 1) & 0xfcu;
    for (unsigned i = 0; i < MAX_CAPS && offset >= 0x40; i++) {
        if (config_read(d->dev, offset, 1) == id && n-- == 0)
            return (int)offset;
        offset = config_read(d->dev, offset + 1, 1) & 0xfcu;
    }
    return -LU_ENOENT;
}

void bus_enable(const struct bus_device *d, uint32_t what)
{
    uint32_t command = config_read(d->dev, CONFIG_COMMAND, 2);

    command &= ~(COMMAND_PORT | COMMAND_MEM | COMMAND_MASTER | COMMAND_NO_INTX);
    command |= what & LU_PCI_ENABLE_PORT ? COMMAND_PORT : 0;
    command |= what & LU_PCI_ENABLE_MEM ? COMMAND_MEM : 0;
    command |= what & LU_PCI_ENABLE_MASTER ? COMMAND_MASTER : 0;
    command |= what & LU_PCI_ENABLE_INTX ? 0 : COMMAND_NO_INTX;
    if (what & LU_PCI_ENABLE_MASTER)
        for (const struct bus_device *b = d->bridge; b; b = b->bridge) {
            uint32_t above = config_read(b->dev, CONFIG_COMMAND, 2);

            config_write(b->dev, CONFIG_COMMAND, 2, above | COMMAND_MASTER | COMMAND_MEM);
        }
    config_write(d->dev, CONFIG_COMMAND, 2, command);
}
