/* SPDX-License-Identifier: MIT
 *
 * A tag that selects nothing.
 * transfer: EAMBIGUOUS v.u its tag (9) selects no member
 */
#include "case.h"

struct value {
    int kind;
    union {
        int a LU_TAG("kind=1");
        void *b LU_TAG("kind=2");
    } u LU_TAG("kind");
#ifndef OLD
    int more;
#endif
} v;

void setup(void)
{
    v.kind = 9;
    v.u.a = 1;
}

#ifndef OLD
int check(void)
{
    KEEP(v);
    return 0;
}
#endif
