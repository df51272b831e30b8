/* SPDX-License-Identifier: MIT
 *
 * A dropped member that holds nothing needs no rule; nor does a dropped global
 * that still has its initial value.
 */
#include "case.h"

#ifdef OLD
struct s {
    int a, cookie;
} s;
int limit = 17;
static int tries[3];

void setup(void)
{
    s.a = 1;
    KEEP(limit);
    KEEP(tries);
}
#else
struct s {
    int a;
} s;

int check(void)
{
    EXPECT(s.a == 1);
    return 0;
}
#endif
