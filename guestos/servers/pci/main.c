/* SPDX-License-Identifier: MIT
 *
 * The PCI service: protocol of lu/pci.h over bus.c.  Answers every call at once;
 * a message that is no call is dropped.  Ownership is by kernel slot, so it
 * survives a driver's restart and its live update.
 */
#include <string.h>

#include <lu/event.h>
#include <lu/log.h>
#include <lu/pci.h>

#include "bus.h"
#include "config.h"

static int pci_init(void)
{
    int n = bus_scan();

    if (n < 0)
        return n;
    lu_log("%d devices", n);
    return 0;
}

static bool owns(const struct bus_device *d, lu_ep ep)
{
    return d->owner == LU_EP_SLOT(ep) + 1;
}

static bool access_ok(uint64_t offset, uint64_t width)
{
    return (width == 1 || width == 2 || width == 4) && offset < CONFIG_SIZE && offset % width == 0;
}

static int do_find(struct lu_msg *m)
{
    const struct bus_device *d;

    if (m->arg[0] > 0xffff || m->arg[1] > 0xffff)
        return -LU_EINVAL;
    d = bus_find((uint16_t)m->arg[0], (uint16_t)m->arg[1], m->arg[2]);
    if (!d)
        return -LU_ENOENT;
    memset(m->arg, 0, sizeof(m->arg));
    m->arg[0] = d->dev;
    m->arg[1] = config_read(d->dev, CONFIG_REVISION, 4) >> 8;
    m->arg[2] = config_read(d->dev, CONFIG_IRQ_LINE, 1);
    m->arg[3] = config_read(d->dev, CONFIG_IRQ_PIN, 1);
    m->arg[4] = config_read(d->dev, CONFIG_SUBSYSTEM, 4);
    m->arg[5] = config_read(d->dev, CONFIG_REVISION, 1);
    return 0;
}

static int do_bar(const struct bus_device *d, struct lu_msg *m)
{
    uint64_t addr, size;
    uint32_t flags;
    int ret;

    if (!owns(d, m->source))
        return -LU_EPERM;
    if (m->arg[1] > 5)
        return -LU_EINVAL;
    ret = bus_bar(d, (unsigned)m->arg[1], &addr, &size, &flags);
    if (ret < 0)
        return ret;
    memset(m->arg, 0, sizeof(m->arg));
    m->arg[0] = addr;
    m->arg[1] = size;
    m->arg[2] = flags;
    return 0;
}

static int do_cap(const struct bus_device *d, struct lu_msg *m)
{
    uint8_t bytes[24] = {0};
    int offset;

    if (m->arg[1] > 0xff)
        return -LU_EINVAL;
    offset = bus_cap(d, (uint8_t)m->arg[1], m->arg[2]);
    if (offset < 0)
        return offset;
    for (unsigned i = 0; i < sizeof(bytes) && (unsigned)offset + i < CONFIG_SIZE; i++)
        bytes[i] = (uint8_t)config_read(d->dev, (unsigned)offset + i, 1);
    memset(m->arg, 0, sizeof(m->arg));
    m->arg[0] = (uint64_t)offset;
    memcpy(&m->arg[1], bytes, sizeof(bytes));
    return 0;
}

static int do_read(const struct bus_device *d, struct lu_msg *m)
{
    uint32_t value;

    if (!access_ok(m->arg[1], m->arg[2]))
        return -LU_EINVAL;
    value = config_read(d->dev, (unsigned)m->arg[1], (unsigned)m->arg[2]);
    memset(m->arg, 0, sizeof(m->arg));
    m->arg[0] = value;
    return 0;
}

/* The address map and the bridges stay in this service's hands. */
static bool write_protected(const struct bus_device *d, uint64_t offset)
{
    return d->header != 0 || offset < CONFIG_STATUS || (offset >= CONFIG_BAR0 && offset < 0x28) ||
           (offset >= 0x30 && offset < 0x34);
}

static int do_write(const struct bus_device *d, const struct lu_msg *m)
{
    if (!access_ok(m->arg[1], m->arg[2]))
        return -LU_EINVAL;
    if (!owns(d, m->source) || write_protected(d, m->arg[1]))
        return -LU_EPERM;
    config_write(d->dev, (unsigned)m->arg[1], (unsigned)m->arg[2], (uint32_t)m->arg[3]);
    return 0;
}

static int do_claim(struct bus_device *d, lu_ep who)
{
    if (d->owner && !owns(d, who))
        return -LU_EBUSY;
    d->owner = LU_EP_SLOT(who) + 1;
    return 0;
}

static int do_enable(const struct bus_device *d, const struct lu_msg *m)
{
    if (!owns(d, m->source))
        return -LU_EPERM;
    if (d->header != 0 || m->arg[1] > 15)
        return -LU_EINVAL;
    bus_enable(d, (uint32_t)m->arg[1]);
    return 0;
}

static int pci_request(struct lu_msg *m)
{
    struct bus_device *d;

    if (m->type == LU_PCI_FIND)
        return do_find(m);
    d = bus_device(m->arg[0]);
    if (!d)
        return -LU_ENOENT;
    switch (m->type) {
    case LU_PCI_BAR:
        return do_bar(d, m);
    case LU_PCI_CAP:
        return do_cap(d, m);
    case LU_PCI_READ:
        return do_read(d, m);
    case LU_PCI_WRITE:
        return do_write(d, m);
    case LU_PCI_CLAIM:
        return do_claim(d, m->source);
    case LU_PCI_ENABLE:
        return do_enable(d, m);
    default:
        return -LU_ENOSYS;
    }
}

int main(void)
{
    static const struct event_handlers handlers = {.init = pci_init};
    struct lu_msg m;

    sys_startup(&handlers);
    while (sys_receive(&m) == 0) {
        if (!(m.flags & LU_MSGF_CALL))
            continue;
        m.status = pci_request(&m);
        sys_reply(m.source, &m);
    }
    return 1;
}
