/* SPDX-License-Identifier: MIT
 *
 * A structure that its DMA memory is too short for.
 * transfer: ETARGET ring leads to 4096 bytes of device memory, 'struct ring' takes 8192
 */
#include "case.h"

struct ring {
    uint64_t addr[1024];
} *ring;

void setup(void)
{
    ring = (struct ring *)0x5400f000;
}

#ifndef OLD
int check(void)
{
    KEEP(ring);
    return 0;
}
#endif
