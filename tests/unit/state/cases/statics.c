/* SPDX-License-Identifier: MIT
 *
 * Statics in functions that have the same name, and file-level statics.
 */
#include "case.h"

#ifndef OLD
static int before = 3;
#endif
static int calls;
static int one(void)
{
    static int n = 10;
    return n++;
}
static int two(void)
{
    static long n = 20;
    return (int)n++;
}

#ifdef OLD
void setup(void)
{
    calls = one() + two() + one();
    KEEP(calls);
}
#else
int check(void)
{
    EXPECT(before == 3 && calls == 10 + 20 + 11);
    EXPECT(one() == 12 && two() == 21);
    return 0;
}
#endif
