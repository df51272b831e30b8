/* SPDX-License-Identifier: MIT
 *
 * Fewer elements than LU_LEN says.
 * transfer: ERANGE lists[1].v has 5 elements of 4 bytes, says LU_LEN, but 16 bytes are there
 */
#include "case.h"

struct list {
    unsigned n;
    int *LU_LEN("n") v;
} lists[2];
int room[6];

void setup(void)
{
    lists[0].n = 6;
    lists[0].v = room;
    lists[1].n = 5;
    lists[1].v = &room[2];
    KEEP(room);
}

#ifndef OLD
int check(void)
{
    return 1;
}
#endif
