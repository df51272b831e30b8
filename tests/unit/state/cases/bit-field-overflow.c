/* SPDX-License-Identifier: MIT
 *
 * A bit-field that became too narrow.
 * transfer: ERANGE f.b 100 does not fit 4 bits
 */
#include "case.h"

struct f {
    unsigned a : 3;
#ifdef OLD
    unsigned b : 7;
#else
    unsigned b : 4;
#endif
} f;

void setup(void)
{
#ifdef OLD
    f.b = 100;
#endif
}

#ifndef OLD
int check(void)
{
    KEEP(f);
    return 0;
}
#endif
