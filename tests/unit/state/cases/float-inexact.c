/* SPDX-License-Identifier: MIT
 *
 * A double that a float can't hold exactly.
 * transfer: ERANGE rate does not fit 'float'
 */
#include "case.h"

#ifdef OLD
double rate;

void setup(void)
{
    rate = 0.1;
}
#else
float rate;

int check(void)
{
    KEEP(rate);
    return 0;
}
#endif
