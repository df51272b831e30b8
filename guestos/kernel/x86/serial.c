/* SPDX-License-Identifier: MIT
 *
 * COM1 (16550), transmit only.  Once the device did not take a byte in time,
 * nobody reads: bytes are dropped at once until it is ready again.
 */
#include "arch.h"

#include "insn.h"

#define COM1 0x3f8
#define LSR (COM1 + 5)
#define LSR_THR_EMPTY 0x20
#define MAX_SPINS 500

static bool stuck;

void arch_console_init(void)
{
    outb(COM1 + 1, 0);    /* no interrupts */
    outb(COM1 + 3, 0x80); /* divisor latch */
    outb(COM1, 1);        /* 115200 baud */
    outb(COM1 + 1, 0);
    outb(COM1 + 3, 3); /* 8N1 */
    outb(COM1 + 2, 7); /* FIFOs on and empty */
    outb(COM1 + 4, 3);
}

void arch_console_put(char c)
{
    for (int spins = stuck ? 1 : MAX_SPINS; spins > 0; spins--)
        if (inb(LSR) & LSR_THR_EMPTY) {
            stuck = false;
            outb(COM1, (uint8_t)c);
            return;
        }
    stuck = true;
}
