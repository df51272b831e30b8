/* SPDX-License-Identifier: MIT
 *
 * Pointers to DMA memory stay what they are.
 */
#include "case.h"

struct ring {
#ifndef OLD
    int head;
#endif
    unsigned char *descriptors, *end;
    void *one;
} ring;

void setup(void)
{
    ring.descriptors = (unsigned char *)0x54000000;
    ring.end = ring.descriptors + 0x10000;
    ring.one = ring.descriptors + 16;
}

#ifndef OLD
int check(void)
{
    EXPECT(ring.descriptors == (unsigned char *)0x54000000);
    EXPECT(ring.end == ring.descriptors + 0x10000 && ring.one == ring.descriptors + 16);
    return 0;
}
#endif
