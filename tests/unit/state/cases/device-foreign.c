/* SPDX-License-Identifier: MIT
 *
 * A pointer to DMA memory that is not the component's.
 * transfer: ETARGET ring leads to nothing that is known
 */
#include "case.h"

unsigned char *ring;

void setup(void)
{
    ring = (unsigned char *)0x54020000;
}

#ifndef OLD
int check(void)
{
    KEEP(ring);
    return 0;
}
#endif
