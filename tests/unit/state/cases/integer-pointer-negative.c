/* SPDX-License-Identifier: MIT
 *
 * A plain number in an integer that may hold a pointer is still a number.
 * transfer: ERANGE h.token -5 does not fit
 */
#include "case.h"

struct holder {
#ifdef OLD
    PXFER(long) token;
#else
    PXFER(unsigned) token;
#endif
} h;

void setup(void)
{
#ifdef OLD
    h.token = -5;
#endif
}

#ifndef OLD
int check(void)
{
    KEEP(h);
    return 0;
}
#endif
