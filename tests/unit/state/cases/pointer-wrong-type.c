/* SPDX-License-Identifier: MIT
 *
 * A pointer keeps its type, but what it leads to does not.
 * transfer: EMISMATCH p would be a pointer to 'short' that leads to 'int'
 */
#include "case.h"

#ifdef OLD
struct s {
    int a;
    short id;
} s;
#else
struct s {
    int a;
    int id;
} s;
#endif
short *p;

void setup(void)
{
    p = (short *)(void *)&s.id;
}

#ifndef OLD
int check(void)
{
    KEEP(p);
    KEEP(s);
    return 0;
}
#endif
