/* SPDX-License-Identifier: MIT
 *
 * What a pointer leads to starts now where an array ends that it could be one past the end
 * of; the way back knows what it was.
 */
#include "case.h"

struct item {
#ifdef OLD
    long id;
#endif
    struct item *next;
#ifndef OLD
    long id;
#endif
};
struct list {
#ifdef OLD
    struct item first;
    struct item **last[5];
#else
    struct item **last[5][4];
    struct item first;
#endif
} list, *heap;

void setup(void)
{
    heap = calloc(2, sizeof(*heap));
#ifdef OLD
    list.last[2] = &list.first.next;
    heap[1].last[1] = &heap[1].first.next;
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(list.last[2][0] == &list.first.next && heap[1].last[1][0] == &heap[1].first.next);
    return 0;
}
#endif
