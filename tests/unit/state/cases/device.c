/* SPDX-License-Identifier: MIT
 *
 * Pointers to DMA memory stay what they are, also one to its end.
 */
#include "case.h"

struct ring {
#ifndef OLD
    int head;
#endif
    unsigned char *descriptors, *end;
    void *one;
    struct descriptor {
        uint64_t addr;
        uint32_t length, status;
    } *next, *limit;
} ring;

void setup(void)
{
    ring.descriptors = (unsigned char *)0x54000000;
    ring.end = ring.descriptors + 0x10000;
    ring.one = ring.descriptors + 16;
    ring.next = (struct descriptor *)(ring.end - 16);
    ring.limit = ring.next + 1;
}

#ifndef OLD
int check(void)
{
    EXPECT(ring.descriptors == (unsigned char *)0x54000000);
    EXPECT(ring.end == ring.descriptors + 0x10000 && ring.one == ring.descriptors + 16);
    EXPECT((unsigned char *)ring.next == ring.end - 16 && ring.limit == ring.next + 1);
    return 0;
}
#endif
