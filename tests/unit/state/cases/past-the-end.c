/* SPDX-License-Identifier: MIT
 *
 * Pointers one past the end of arrays, in static memory and on the heap.
 */
#include "case.h"

struct buffer {
    char *start, *write, *end;
} heap, fixed;
#ifndef OLD
long shift;
#endif
static char space[64], neighbour[64];
struct item {
    int a;
#ifndef OLD
    int b;
#endif
} *items, *items_end;

void setup(void)
{
    heap.start = malloc(48);
    memset(heap.start, 'x', 48);
    heap.write = heap.start + 10;
    heap.end = heap.start + 48;
    fixed.start = space;
    fixed.write = space + 1;
    fixed.end = space + sizeof(space);
    items = calloc(5, sizeof(*items));
    items_end = items + 5;
    KEEP(neighbour);
#ifndef OLD
    shift = 1;
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(heap.write == heap.start + 10 && heap.end == heap.start + 48 && heap.start[47] == 'x');
    EXPECT(fixed.start == space && fixed.write == space + 1 && fixed.end == space + 64);
    EXPECT(items_end == items + 5);
    return 0;
}
#endif
