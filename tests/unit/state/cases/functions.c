/* SPDX-License-Identifier: MIT
 *
 * Function pointers follow their functions by name.
 */
#include "case.h"

typedef int (*handler)(int);
static int twice(int x)
{
    return 2 * x;
}
#ifndef OLD
static int unrelated(int x)
{
    return x;
}
#endif
static int square(int x)
{
    return x * x;
}
struct ops {
    handler run, none;
} ops;
handler table[3];
void *opaque;

void setup(void)
{
    ops.run = square;
    table[0] = twice;
    table[2] = square;
    opaque = (void *)twice;
#ifndef OLD
    table[1] = unrelated;
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(ops.run == square && ops.run(3) == 9 && !ops.none);
    EXPECT(table[0] == twice && !table[1] && table[2] == square);
    EXPECT(opaque == (void *)twice);
    return 0;
}
#endif
