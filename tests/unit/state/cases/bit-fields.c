/* SPDX-License-Identifier: MIT
 *
 * Bit-fields that moved, grew, changed their sign, became whole members.
 */
#include "case.h"

#ifdef OLD
struct f {
    unsigned a : 3, b : 7;
    int c : 5;
    unsigned char d;
    unsigned long e : 40;
};
#else
struct f {
    int c : 9;
    unsigned d : 4, a : 12;
    unsigned short b;
    unsigned long e : 36;
    int fresh : 2;
};
#endif
struct f f;

void setup(void)
{
    f.a = 5;
    f.b = 100;
    f.c = -9;
    f.d = 15;
    f.e = 0xabcdef123ul;
}

#ifndef OLD
int check(void)
{
    EXPECT(f.a == 5 && f.b == 100 && f.c == -9 && f.d == 15 && f.e == 0xabcdef123ul);
    EXPECT(f.fresh == 0);
    return 0;
}
#endif
