/* SPDX-License-Identifier: MIT
 *
 * A scalar does not become the first member of a structure.
 * plan: EMISMATCH s.inner.x 'int' cannot become 'struct wrapped'
 */
#include "case.h"

struct wrapped {
    int x;
};
struct s {
    struct {
#ifdef OLD
        int x;
#else
        struct wrapped x;
#endif
    } inner;
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
