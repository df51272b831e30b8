/* SPDX-License-Identifier: MIT
 *
 * Unions without tags: copied when their layout stays and nothing in them looks like
 * a pointer; one of nothing but pointers is followed.
 */
#include "case.h"

struct s {
#ifndef OLD
    int before;
#endif
    union {
        int i;
        float f;
        char c[8];
    } plain;
    union {
        struct s *same;
        void *any;
    } pointers;
    union {
        long number;
        struct s *maybe;
    } mixed;
} s[2];

void setup(void)
{
    s[0].plain.f = 1.25f;
    s[0].pointers.same = &s[1];
    s[0].mixed.number = 12345;
}

#ifndef OLD
int check(void)
{
    EXPECT(s[0].plain.f == 1.25f && s[0].pointers.any == &s[1] && s[0].mixed.number == 12345);
    return 0;
}
#endif
