/* SPDX-License-Identifier: MIT
 *
 * Registers and descriptors of the 82540EM (Intel's PCI/PCI-X Family of Gigabit
 * Ethernet Controllers Software Developer's Manual, chapters 3 and 13), as far as
 * the driver uses them.  Offsets in bytes from BAR 0.
 */
#pragma once

#include <stdint.h>

#define E1000_VENDOR 0x8086u
#define E1000_DEVICE 0x100eu
#define E1000_BAR_SIZE 0x20000u

#define REG_CTRL 0x0000u
#define REG_STATUS 0x0008u
#define REG_EERD 0x0014u
#define REG_ICR 0x00c0u /* reading clears it */
#define REG_IMS 0x00d0u
#define REG_IMC 0x00d8u
#define REG_RCTL 0x0100u
#define REG_TCTL 0x0400u
#define REG_TIPG 0x0410u
#define REG_RDBAL 0x2800u
#define REG_RDBAH 0x2804u
#define REG_RDLEN 0x2808u
#define REG_RDH 0x2810u
#define REG_RDT 0x2818u
#define REG_TDBAL 0x3800u
#define REG_TDBAH 0x3804u
#define REG_TDLEN 0x3808u
#define REG_TDH 0x3810u
#define REG_TDT 0x3818u
#define REG_MTA 0x5200u /* 128 words */
#define REG_RAL 0x5400u
#define REG_RAH 0x5404u

#define CTRL_ASDE (1u << 5)
#define CTRL_SLU (1u << 6)
#define CTRL_RST (1u << 26)
#define STATUS_LU (1u << 1)
#define EERD_START (1u << 0)
#define EERD_DONE (1u << 4)
#define RCTL_EN (1u << 1)
#define RCTL_BAM (1u << 15)   /* accept broadcast */
#define RCTL_SECRC (1u << 26) /* strip the FCS; buffer size bits 0: 2048 bytes */
#define TCTL_EN (1u << 1)
#define TCTL_PSP (1u << 3)
#define TCTL_CT (0x0fu << 4)
#define TCTL_COLD (0x40u << 12)
#define TIPG_VALUE (10u | 8u << 10 | 6u << 20)
#define RAH_AV (1u << 31)

#define INT_TXDW (1u << 0)
#define INT_LSC (1u << 2)
#define INT_RXDMT0 (1u << 4)
#define INT_RXO (1u << 6)
#define INT_RXT0 (1u << 7)

#define RX_STATUS_DD 1u
#define RX_STATUS_EOP 2u
#define TX_CMD_EOP 1u
#define TX_CMD_IFCS 2u
#define TX_CMD_RS 8u
#define TX_STATUS_DD 1u

struct e1000_rx_desc {
    uint64_t addr;
    uint16_t length, checksum;
    uint8_t status, errors;
    uint16_t special;
};
_Static_assert(sizeof(struct e1000_rx_desc) == 16, "hardware layout");

struct e1000_tx_desc {
    uint64_t addr;
    uint16_t length;
    uint8_t cso, cmd, status, css;
    uint16_t special;
};
_Static_assert(sizeof(struct e1000_tx_desc) == 16, "hardware layout");

/* The DMA memory.  Its layout is shared with a device that goes on running while
 * the driver is replaced: every version must keep it. */
#define E1000_RING 64u
#define E1000_BUFFER 2048u

struct e1000_dma {
    struct e1000_rx_desc rx[E1000_RING];
    struct e1000_tx_desc tx[E1000_RING];
    uint8_t rx_buffer[E1000_RING][E1000_BUFFER];
    uint8_t tx_buffer[E1000_RING][E1000_BUFFER];
};
