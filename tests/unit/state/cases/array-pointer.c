/* SPDX-License-Identifier: MIT
 *
 * An array inside a structure does not become a pointer to one.
 * plan: EMISMATCH s.name 'char [8]' cannot become 'char *'
 */
#include "case.h"

struct s {
#ifdef OLD
    char name[8];
#else
    char *name;
#endif
} s;

void setup(void)
{
    KEEP(s);
}

#ifndef OLD
int check(void)
{
    KEEP(s);
    return 0;
}
#endif
