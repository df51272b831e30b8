/* SPDX-License-Identifier: MIT
 *
 * Annotations on typedefs hold wherever the typedef is used: in variables, members,
 * elements of arrays, objects on the heap.
 */
#include "case.h"

typedef unsigned long address LU_ANNOTATION("pxfer");
typedef char *cookie LU_SXFER;
typedef int cache LU_NOXFER;
typedef union {
    long words[2];
    char *text;
} raw LU_ANNOTATION("ixfer");

#ifndef OLD
static char moves_everything[4000];
#endif
int target[8];
address lone, row[3];
cache cached = 5;
struct holder {
#ifndef OLD
    long first;
#endif
    address to;
    cookie sealed;
    raw bits;
    unsigned width : 3;
} holder;
address *heap;

#ifdef OLD
void setup(void)
{
    lone = (unsigned long)&target[1];
    row[2] = (unsigned long)&target[2];
    cached = 7;
    holder.to = (unsigned long)&target[3];
    holder.sealed = (char *)0x1234567;
    holder.bits.words[1] = 0x77;
    holder.width = 5;
    heap = calloc(4, sizeof(*heap));
    heap[0] = 17;
    heap[3] = (unsigned long)&target[4];
}
#else
void setup(void) {}

int check(void)
{
    KEEP(moves_everything);
    EXPECT(lone == (unsigned long)&target[1] && row[2] == (unsigned long)&target[2] && !row[0]);
    EXPECT(cached == 5);
    EXPECT(holder.to == (unsigned long)&target[3] && holder.sealed == (char *)0x1234567);
    EXPECT(holder.bits.words[1] == 0x77 && holder.width == 5 && !holder.first);
    EXPECT(heap[0] == 17 && heap[3] == (unsigned long)&target[4]);
    return 0;
}
#endif
