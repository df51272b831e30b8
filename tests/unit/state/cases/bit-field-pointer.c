/* SPDX-License-Identifier: MIT
 *
 * A bit-field does not become a pointer.
 * plan: EMISMATCH f.a 'unsigned int' cannot become 'void *'
 */
#include "case.h"

struct f {
#ifdef OLD
    unsigned a : 3;
#else
    void *a;
#endif
} f;

void setup(void)
{
    KEEP(f);
}

#ifndef OLD
int check(void)
{
    KEEP(f);
    return 0;
}
#endif
