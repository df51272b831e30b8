/* SPDX-License-Identifier: MIT
 *
 * The start of one array, or the end of another: nothing tells.  In a section of
 * its own lucc leaves no gap between them.
 * transfer: EAMBIGUOUS which is the end of one object and the start of another
 */
#include "case.h"

char *which;
__attribute__((section(".data.pair"))) char first[64] = "1", second[64] = "2";

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
