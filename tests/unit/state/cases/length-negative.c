/* SPDX-License-Identifier: MIT
 *
 * A negative number of elements.
 * transfer: ERANGE list.v has -1 elements
 */
#include "case.h"

struct list {
    int n;
    int *LU_LEN("n") v;
} list;
int room[6];

void setup(void)
{
    list.n = -1;
    list.v = room;
    KEEP(room);
}

#ifndef OLD
int check(void)
{
    return 1;
}
#endif
