/* SPDX-License-Identifier: MIT
 *
 * A pointer to an element that the shorter array does not have.
 * transfer: ETARGET last leads to an element that the new version's array does not have
 */
#include "case.h"

#ifdef OLD
int history[8];
#else
int history[5];
#endif
int *last;

void setup(void)
{
    last = &history[sizeof(history) / sizeof(int) - 1];
}

#ifndef OLD
int check(void)
{
    KEEP(history);
    KEEP(last);
    return 0;
}
#endif
