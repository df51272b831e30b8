/* SPDX-License-Identifier: MIT
 *
 * A union whose members changed, and nothing tells which is in use.
 * plan: EAMBIGUOUS s.u 'union u' changed, and nothing says which member is in use
 */
#include "case.h"

union u {
#ifdef OLD
    int a;
    long b;
#else
    long a;
    short b;
#endif
};
struct s {
    union u u;
} s;

void setup(void)
{
    s.u.a = 1;
}

#ifndef OLD
int check(void)
{
    KEEP(s);
    return 0;
}
#endif
