/* SPDX-License-Identifier: MIT
 *
 * A number that does not fit its narrower member.
 * transfer: ERANGE counters[2].n 300 does not fit 'unsigned char'
 */
#include "case.h"

#ifdef OLD
struct c {
    int n;
} counters[4];

void setup(void)
{
    counters[2].n = 300;
}
#else
struct c {
    unsigned char n;
} counters[4];

int check(void)
{
    KEEP(counters);
    return 0;
}
#endif
