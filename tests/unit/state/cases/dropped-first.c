/* SPDX-License-Identifier: MIT
 *
 * A pointer to the first member of an inner structure, which is gone, does not become one
 * to the structure.
 * transfer: ETARGET p leads to a member that the new version does not have
 */
#include "case.h"

struct inner {
#ifdef OLD
    unsigned char first;
#endif
    long second;
};
struct outer {
    int before;
    struct inner inner;
} o;
unsigned char *p;

void setup(void)
{
#ifdef OLD
    p = &o.inner.first;
#endif
}

#ifndef OLD
int check(void)
{
    KEEP(o);
    KEEP(p);
    return 0;
}
#endif
