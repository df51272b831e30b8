/* SPDX-License-Identifier: MIT
 *
 * A dropped global that was changed.
 * transfer: ELOSS limit
 */
#include "case.h"

#ifdef OLD
int limit = 17;

void setup(void)
{
    limit++;
}
#else
int other;

int check(void)
{
    KEEP(other);
    return 0;
}
#endif
