/* SPDX-License-Identifier: MIT
 *
 * An array and what follows it were parted, and the pointer could mean either.
 * transfer: EAMBIGUOUS p leads to the end of an array, or to what follows it
 */
#include "case.h"

struct s {
    char name[8];
#ifndef OLD
    int between;
#endif
    char value[8];
} s;
char *p;

void setup(void)
{
    p = s.value;
}

#ifndef OLD
int check(void)
{
    KEEP(s);
    KEEP(p);
    return 0;
}
#endif
