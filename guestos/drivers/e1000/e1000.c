/* SPDX-License-Identifier: MIT
 *
 * Driver of Intel's 82540EM (QEMU's e1000): legacy descriptors, INTx, one RX and
 * one TX ring in DMA memory with a fixed buffer per descriptor.  What the device
 * writes back is treated as hostile: lengths are checked, walks are bounded by the
 * ring, and addresses in descriptors are only ever written, never read.
 */
#include <stdbool.h>
#include <string.h>

#include <lu/log.h>
#include <lu/nic-driver.h>
#include <lu/pci-dev.h>
#include <lu/sys.h>

#include "ring.h"

#define EEPROM_TRIES 10000u

static volatile uint32_t *e1000_regs; /* MMIO */
static struct e1000_dma *e1000_dma;   /* DMA memory */
static uint64_t e1000_dma_phys;
static struct e1000_ring rx_ring, tx_ring;
static uint32_t tx_tokens[E1000_RING]; /* the framework's, of each TX descriptor */
static bool tx_irq_on;                 /* TXDW is enabled: something was not sent at once */
static struct e1000_stats e1000_stats;

static uint32_t reg_read(uint32_t reg)
{
    return e1000_regs[reg / 4];
}

static void reg_write(uint32_t reg, uint32_t value)
{
    __asm__ volatile("" ::: "memory"); /* descriptors first; the CPU keeps stores in order */
    e1000_regs[reg / 4] = value;
}

static uint64_t phys_of(const void *p)
{
    return e1000_dma_phys + (uint64_t)((const uint8_t *)p - (const uint8_t *)e1000_dma);
}

/* After a crash the device may still run with the old rings: silence it first. */
static void device_reset(void)
{
    reg_write(REG_IMC, 0xffffffffu);
    reg_write(REG_RCTL, 0);
    reg_write(REG_TCTL, 0);
    reg_write(REG_CTRL, reg_read(REG_CTRL) | CTRL_RST);
    for (unsigned i = 0; i < EEPROM_TRIES && (reg_read(REG_CTRL) & CTRL_RST); i++)
        ;
    reg_write(REG_IMC, 0xffffffffu);
    (void)reg_read(REG_ICR);
}

static int eeprom_read(uint8_t word, uint16_t *ret_value)
{
    reg_write(REG_EERD, (uint32_t)word << 8 | EERD_START);
    for (unsigned i = 0; i < EEPROM_TRIES; i++) {
        uint32_t value = reg_read(REG_EERD);

        if (value & EERD_DONE) {
            *ret_value = (uint16_t)(value >> 16);
            return 0;
        }
    }
    return -LU_ETIMEDOUT;
}

/* From the EEPROM, or what firmware left in the address register. */
static int mac_read(uint8_t mac[6])
{
    uint32_t low = reg_read(REG_RAL), high = reg_read(REG_RAH);
    uint16_t words[3];

    for (uint8_t i = 0; i < 3; i++) {
        if (eeprom_read(i, &words[i]) < 0) {
            if (!(high & RAH_AV))
                return -LU_EIO;
            words[0] = (uint16_t)low;
            words[1] = (uint16_t)(low >> 16);
            words[2] = (uint16_t)high;
            break;
        }
    }
    memcpy(mac, words, 6);
    return mac[0] & 1 ? -LU_EIO : 0; /* a group address is no station's */
}

static void address_filter_set(const uint8_t mac[6])
{
    uint32_t low, high = 0;

    memcpy(&low, mac, 4);
    memcpy(&high, mac + 4, 2);
    reg_write(REG_RAL, low);
    reg_write(REG_RAH, high | RAH_AV);
    for (unsigned i = 0; i < 128; i++)
        reg_write(REG_MTA + 4 * i, 0);
}

static void rx_desc_arm(unsigned i)
{
    e1000_dma->rx[i] = (struct e1000_rx_desc){.addr = phys_of(e1000_dma->rx_buffer[i])};
}

static void rx_start(void)
{
    for (unsigned i = 0; i < E1000_RING; i++)
        rx_desc_arm(i);
    rx_ring = (struct e1000_ring){.tail = E1000_RING - 1};
    reg_write(REG_RDBAL, (uint32_t)phys_of(e1000_dma->rx));
    reg_write(REG_RDBAH, (uint32_t)(phys_of(e1000_dma->rx) >> 32));
    reg_write(REG_RDLEN, sizeof(e1000_dma->rx));
    reg_write(REG_RDH, 0);
    reg_write(REG_RDT, rx_ring.tail);
    reg_write(REG_RCTL, RCTL_EN | RCTL_BAM | RCTL_SECRC);
}

static void tx_start(void)
{
    tx_ring = (struct e1000_ring){0};
    reg_write(REG_TDBAL, (uint32_t)phys_of(e1000_dma->tx));
    reg_write(REG_TDBAH, (uint32_t)(phys_of(e1000_dma->tx) >> 32));
    reg_write(REG_TDLEN, sizeof(e1000_dma->tx));
    reg_write(REG_TDH, 0);
    reg_write(REG_TDT, 0);
    reg_write(REG_TIPG, TIPG_VALUE);
    reg_write(REG_TCTL, TCTL_EN | TCTL_PSP | TCTL_CT | TCTL_COLD);
}

/* Finds the device and maps what is needed; no bus mastering yet. */
static int device_map(struct pci_device *ret_pci)
{
    struct pci_device pci;
    struct pci_bar bar;
    struct lu_dma dma;
    long regs;
    int ret;

    ret = pci_open(E1000_VENDOR, E1000_DEVICE, 0, &pci);
    if (ret < 0)
        return ret;
    ret = pci_bar(&pci, 0, &bar);
    if (ret < 0)
        return ret;
    if ((bar.flags & LU_PCI_BAR_PORT) || bar.size < E1000_BAR_SIZE || pci.irq > 15)
        return -LU_EIO;
    ret = pci_enable(&pci, LU_PCI_ENABLE_MEM | LU_PCI_ENABLE_INTX);
    if (ret < 0)
        return ret;
    regs = sys_mmio_map(bar.addr, E1000_BAR_SIZE);
    if (regs < 0)
        return (int)regs;
    ret = sys_dma_alloc(sizeof(struct e1000_dma), &dma);
    if (ret < 0)
        return ret;
    e1000_regs = (volatile uint32_t *)regs;
    e1000_dma = (struct e1000_dma *)dma.va;
    e1000_dma_phys = dma.phys;
    *ret_pci = pci;
    return 0;
}

static int e1000_open(struct nic_device *ret_dev)
{
    struct pci_device pci;
    int ret = device_map(&pci);

    if (ret < 0) {
        lu_log("no usable device: %s", lu_strerror(ret));
        return ret;
    }
    device_reset();
    ret = mac_read(ret_dev->mac);
    if (ret < 0)
        return ret;
    ret = pci_enable(&pci, LU_PCI_ENABLE_MEM | LU_PCI_ENABLE_INTX | LU_PCI_ENABLE_MASTER);
    if (ret < 0)
        return ret;
    reg_write(REG_CTRL, reg_read(REG_CTRL) | CTRL_SLU | CTRL_ASDE);
    address_filter_set(ret_dev->mac);
    tx_start();
    rx_start();
    ret_dev->irq = pci.irq;
    ret_dev->link_up = reg_read(REG_STATUS) & STATUS_LU;
    reg_write(REG_IMS, INT_RXT0 | INT_RXO | INT_RXDMT0 | INT_LSC);
    return 0;
}

static void rx_reap(void)
{
    unsigned before = rx_ring.tail;

    for (unsigned i = 0; i < E1000_RING; i++) {
        unsigned head = rx_ring.head;
        const volatile struct e1000_rx_desc *desc = &e1000_dma->rx[head];
        uint8_t status = desc->status;
        uint16_t length = desc->length; /* read once: the device could change it */

        if (!(status & RX_STATUS_DD))
            break;
        if (!(status & RX_STATUS_EOP) || desc->errors || length > E1000_BUFFER)
            e1000_stats.rx_errors++;
        else if (!nic_rx(e1000_dma->rx_buffer[head], length))
            break;
        else
            rx_ring.frames++;
        rx_ring.head = (uint8_t)((head + 1) % E1000_RING);
        rx_desc_arm(rx_ring.tail); /* the gap of one moves on */
        rx_ring.tail = (uint8_t)((rx_ring.tail + 1) % E1000_RING);
    }
    if (rx_ring.tail != before)
        reg_write(REG_RDT, rx_ring.tail);
}

static void tx_reap(void)
{
    while (tx_ring.used > 0) {
        const volatile struct e1000_tx_desc *desc = &e1000_dma->tx[tx_ring.head];

        if (!(desc->status & TX_STATUS_DD))
            break;
        nic_tx_done(tx_tokens[tx_ring.head]);
        tx_ring.head = (uint8_t)((tx_ring.head + 1) % E1000_RING);
        tx_ring.used--;
        tx_ring.frames++;
    }
    if (tx_irq_on != (tx_ring.used > 0)) {
        tx_irq_on = tx_ring.used > 0;
        reg_write(tx_irq_on ? REG_IMS : REG_IMC, INT_TXDW);
    }
}

static void e1000_irq(void)
{
    uint32_t cause = reg_read(REG_ICR);

    e1000_stats.interrupts++;
    if (cause & INT_LSC)
        nic_link_changed(reg_read(REG_STATUS) & STATUS_LU);
    rx_reap();
    tx_reap();
}

static void *e1000_tx_buffer(void)
{
    if (tx_ring.used == E1000_RING - 1)
        return NULL;
    return e1000_dma->tx_buffer[tx_ring.tail];
}

static void e1000_tx_commit(uint32_t token, uint32_t len)
{
    e1000_dma->tx[tx_ring.tail] =
        (struct e1000_tx_desc){.addr = phys_of(e1000_dma->tx_buffer[tx_ring.tail]),
                               .length = (uint16_t)len,
                               .cmd = TX_CMD_EOP | TX_CMD_IFCS | TX_CMD_RS};
    tx_tokens[tx_ring.tail] = token;
    tx_ring.tail = (uint8_t)((tx_ring.tail + 1) % E1000_RING);
    tx_ring.used++;
}

static void e1000_tx_kick(void)
{
    reg_write(REG_TDT, tx_ring.tail);
    tx_reap();
}

int main(void)
{
    static const struct nic_ops ops = {
        .open = e1000_open,
        .irq = e1000_irq,
        .tx_buffer = e1000_tx_buffer,
        .tx_commit = e1000_tx_commit,
        .tx_kick = e1000_tx_kick,
        .rx_poll = rx_reap,
    };

    return nic_run("82540EM", &ops);
}
