/* SPDX-License-Identifier: MIT
 *
 * The start of one array, or the end of another: nothing tells.
 * transfer: EAMBIGUOUS which is the end of one object and the start of another
 */
#include "case.h"

char *which;
char first[64] __attribute__((aligned(64))), second[64] __attribute__((aligned(64)));

void setup(void)
{
    which = (uintptr_t)first < (uintptr_t)second ? second : first;
}

#ifndef OLD
int check(void)
{
    KEEP(which);
    KEEP(first);
    KEEP(second);
    return 0;
}
#endif
