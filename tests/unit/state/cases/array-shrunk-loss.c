/* SPDX-License-Identifier: MIT
 *
 * An array that lost an element in use.
 * transfer: ELOSS history[5] array elements that do not fit would be lost
 */
#include "case.h"

#ifdef OLD
int history[8];

void setup(void)
{
    history[6] = 1;
}
#else
int history[5];

int check(void)
{
    KEEP(history);
    return 0;
}
#endif
