/* SPDX-License-Identifier: MIT
 *
 * A union that may hold a pointer, and seems to.
 * transfer: EAMBIGUOUS s.u a union that nothing tags holds what looks like a pointer
 */
#include "case.h"

struct s {
    union {
        long number;
        struct s *maybe;
    } u;
} s;

void setup(void)
{
    s.u.maybe = &s;
}

#ifndef OLD
int check(void)
{
    KEEP(s);
    return 0;
}
#endif
