/* SPDX-License-Identifier: MIT
 *
 * A rule's value must fit what it is for.
 * rule: value s.level 300
 * plan: ERANGE s.level a rule's value 300 does not fit 'unsigned char'
 */
#include "case.h"

struct s {
    int a;
#ifndef OLD
    unsigned char level;
#endif
} s;

void setup(void)
{
    KEEP(s);
}

#ifndef OLD
int check(void)
{
    KEEP(s);
    return 0;
}
#endif
