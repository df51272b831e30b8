/* SPDX-License-Identifier: MIT
 *
 * Where a pointer became an integer, its type no longer tells which of the objects at an
 * address it means; the way back knows what it was.
 */
#include "case.h"

struct part {
    int x;
};
struct whole {
#ifdef OLD
    long before;
#endif
    struct part part;
    long after;
#ifndef OLD
    long before;
#endif
};
struct whole whole, *heap;
struct user {
#ifdef OLD
    struct part *part;
#else
    PXFER(unsigned long) part;
#endif
} users[3];

void setup(void)
{
    heap = calloc(2, sizeof(*heap));
#ifdef OLD
    users[0].part = &whole.part;
    users[1].part = &heap[0].part;
    users[2].part = &heap[1].part;
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(users[0].part == (uintptr_t)&whole.part && users[1].part == (uintptr_t)&heap[0].part);
    EXPECT(users[2].part == (uintptr_t)&heap[1].part);
    return 0;
}
#endif
