/* SPDX-License-Identifier: MIT
 *
 * A variable that was changed has no place in a constant.
 * transfer: ELOSS constant-becomes-loss.c:limit holds a value, and is a constant
 */
#include "case.h"

#ifdef OLD
static int limit = 5;
#else
static const int limit = 5;
#endif
const int *keep;

void setup(void)
{
#ifdef OLD
    limit = 6;
#endif
    keep = &limit;
}

#ifndef OLD
int check(void)
{
    KEEP(keep);
    return 0;
}
#endif
