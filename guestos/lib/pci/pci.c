/* SPDX-License-Identifier: MIT
 *
 * Client side of lu/pci.h: one sendrec per function.
 */
#include <lu/pci-dev.h>

#include <string.h>

#include <lu/sys.h>

static int pci_call(lu_ep service, struct lu_msg *m)
{
    int ret = sys_sendrec(service, m);

    return ret < 0 ? ret : m->status;
}

int pci_open(uint16_t vendor, uint16_t device, unsigned n, struct pci_device *ret_dev)
{
    struct lu_msg m = {.type = LU_PCI_FIND, .arg = {vendor, device, n}};
    long service = sys_lookup("pci");
    struct pci_device found;
    int ret;

    if (service < 0)
        return (int)service;
    ret = pci_call((lu_ep)service, &m);
    if (ret < 0)
        return ret;
    found = (struct pci_device){.service = (lu_ep)service,
                                .dev = (lu_pci_dev)m.arg[0],
                                .class_code = (uint32_t)m.arg[1],
                                .irq = (uint32_t)m.arg[2],
                                .pin = (uint32_t)m.arg[3]};
    m = (struct lu_msg){.type = LU_PCI_CLAIM, .arg = {found.dev}};
    ret = pci_call(found.service, &m);
    if (ret < 0)
        return ret;
    *ret_dev = found;
    return 0;
}

int pci_bar(const struct pci_device *dev, unsigned bar, struct pci_bar *ret_bar)
{
    struct lu_msg m = {.type = LU_PCI_BAR, .arg = {dev->dev, bar}};
    int ret = pci_call(dev->service, &m);

    if (ret < 0)
        return ret;
    *ret_bar = (struct pci_bar){.addr = m.arg[0], .size = m.arg[1], .flags = (uint32_t)m.arg[2]};
    return 0;
}

int pci_cap(const struct pci_device *dev, uint8_t id, unsigned n, struct pci_cap *ret_cap)
{
    struct lu_msg m = {.type = LU_PCI_CAP, .arg = {dev->dev, id, n}};
    int ret = pci_call(dev->service, &m);

    if (ret < 0)
        return ret;
    ret_cap->offset = (uint32_t)m.arg[0];
    memcpy(ret_cap->bytes, &m.arg[1], sizeof(ret_cap->bytes));
    return 0;
}

int pci_read(const struct pci_device *dev, unsigned offset, unsigned width, uint32_t *ret_value)
{
    struct lu_msg m = {.type = LU_PCI_READ, .arg = {dev->dev, offset, width}};
    int ret = pci_call(dev->service, &m);

    if (ret < 0)
        return ret;
    *ret_value = (uint32_t)m.arg[0];
    return 0;
}

int pci_write(const struct pci_device *dev, unsigned offset, unsigned width, uint32_t value)
{
    struct lu_msg m = {.type = LU_PCI_WRITE, .arg = {dev->dev, offset, width, value}};

    return pci_call(dev->service, &m);
}

int pci_enable(const struct pci_device *dev, uint32_t what)
{
    struct lu_msg m = {.type = LU_PCI_ENABLE, .arg = {dev->dev, what}};

    return pci_call(dev->service, &m);
}
