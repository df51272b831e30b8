/* SPDX-License-Identifier: MIT
 *
 * Statics that lie side by side: the end of one is never the start of another.
 */
#include "case.h"

#ifndef OLD
static char shift[100];
#endif
static char in[64], out[64];
static int table[16], other[16];
static struct ring {
    char *read, *write, *end;
    void *raw, *raw_end;
} ring, single;
int *next, *stop;

void setup(void)
{
    ring.read = in;
    ring.write = out;
    ring.end = in + sizeof(in);
    ring.raw = out;
    ring.raw_end = out + sizeof(out);
    single.read = out;
    single.write = in;
    single.end = out + sizeof(out);
    next = other;
    stop = table + 16;
    memcpy(in, "in", 3);
    memcpy(out, "out", 4);
}

#ifndef OLD
int check(void)
{
    KEEP(shift);
    EXPECT(ring.read == in && ring.write == out && ring.end == in + 64);
    EXPECT(ring.raw == out && ring.raw_end == out + 64);
    EXPECT(single.read == out && single.write == in && single.end == out + 64);
    EXPECT(next == other && stop == table + 16);
    EXPECT(strcmp(in, "in") == 0 && strcmp(out, "out") == 0);
    return 0;
}
#endif
