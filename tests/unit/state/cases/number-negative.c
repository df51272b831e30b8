/* SPDX-License-Identifier: MIT
 *
 * A negative number has no place in an unsigned one.
 * transfer: ERANGE balance -1 does not fit 'unsigned int'
 */
#include "case.h"

#ifdef OLD
int balance;

void setup(void)
{
    balance = -1;
}
#else
unsigned balance;

int check(void)
{
    KEEP(balance);
    return 0;
}
#endif
