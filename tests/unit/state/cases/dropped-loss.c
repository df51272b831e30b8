/* SPDX-License-Identifier: MIT
 *
 * A member that holds something is dropped, and no rule allows it.
 * transfer: ELOSS s.cookie
 */
#include "case.h"

#ifdef OLD
struct s {
    int a, cookie;
} s;

void setup(void)
{
    s.a = 1;
    s.cookie = 2;
}
#else
struct s {
    int a;
} s;

int check(void)
{
    KEEP(s);
    return 0;
}
#endif
