/* SPDX-License-Identifier: MIT
 *
 * The driver's own view of one descriptor ring: descriptors head .. tail - 1 are
 * the device's (TX: frames on their way, RX: empty buffers).  The device is not
 * asked where it stands (RDH, TDH); its write-back of DD is, entry by entry.
 */
#pragma once

#include <stdint.h>

#include "regs.h"

struct e1000_ring {
    uint8_t head;  /* oldest descriptor that is the device's */
    uint8_t tail;  /* first one that is not; what the tail register shows */
    uint16_t used; /* TX: descriptors head .. tail - 1 */
    uint32_t frames;
};

struct e1000_stats {
    uint32_t interrupts;
    uint32_t rx_errors;
};
