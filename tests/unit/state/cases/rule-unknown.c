/* SPDX-License-Identifier: MIT
 *
 * A rule that names nothing.
 * rule: drop s.nonsense
 * plan: ENOENT s.nonsense a rule names 's.nonsense', which the old version does not have
 */
#include "case.h"

struct s {
    int a;
} s;

void setup(void)
{
    s.a = 1;
}

#ifndef OLD
int check(void)
{
    KEEP(s);
    return 0;
}
#endif
