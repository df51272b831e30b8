/* SPDX-License-Identifier: MIT
 *
 * What lies in DMA memory stays there, so its type may not change.
 * transfer: EMISMATCH driver.ring as 'struct descriptor', which changed
 */
#include "case.h"

struct descriptor {
#ifdef OLD
    uint32_t length, status;
#else
    uint32_t status, length;
#endif
    uint64_t addr;
};

struct {
    void *registers;
    struct descriptor *ring;
} driver;

void setup(void)
{
    driver.registers = (void *)0x54000000;
    driver.ring = (struct descriptor *)0x54001000;
}

#ifndef OLD
int check(void)
{
    KEEP(driver);
    return 0;
}
#endif
