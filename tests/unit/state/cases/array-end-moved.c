/* SPDX-License-Identifier: MIT
 *
 * A pointer past an array that changed its length could mean either end.
 * transfer: EAMBIGUOUS end is the end of an array that changed its length (4, now 6)
 */
#include "case.h"

#ifdef OLD
int history[4];
#else
int history[6];
#endif
int *end;

void setup(void)
{
    end = history + sizeof(history) / sizeof(int);
}

#ifndef OLD
int check(void)
{
    KEEP(history);
    KEEP(end);
    return 0;
}
#endif
