/* SPDX-License-Identifier: MIT
 *
 * A union without a tag in a packed structure: a pointer at an odd address is noticed.
 * transfer: EAMBIGUOUS p.u a union that nothing tags holds what looks like a pointer
 */
#include "case.h"

struct __attribute__((packed)) packet {
    char head;
    union {
        long number;
        int *maybe;
    } u;
#ifndef OLD
    int more;
#endif
} p;
int target;

void setup(void)
{
    p.u.number = (long)(uintptr_t)&target;
}

#ifndef OLD
int check(void)
{
    KEEP(p);
    KEEP(target);
    return 0;
}
#endif
