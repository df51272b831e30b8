/* SPDX-License-Identifier: MIT
 *
 * Numbers of other sizes and kinds, all of which fit.
 */
#include "case.h"

#ifdef OLD
struct n {
    signed char a;
    unsigned short b;
    long c, d;
    int e;
    float f;
    double g;
    unsigned char h;
    _Bool i;
    long double j;
    unsigned u;
};
#else
struct n {
    long a;
    int b;
    signed char c;
    unsigned d;
    double e;
    double f;
    float g;
    _Bool h;
    int i;
    long double j;
    int u;
};
#endif
struct n n = {0};

#ifdef OLD
void setup(void)
{
    n = (struct n){-5, 65535, -128, 4000000000L, 1 << 24, 1.5f, 0.25, 1, 1, 1.0L / 3, 7};
}
#else
int check(void)
{
    EXPECT(n.a == -5 && n.b == 65535 && n.c == -128 && n.d == 4000000000u);
    EXPECT(n.e == 16777216.0 && n.f == 1.5 && n.g == 0.25f);
    EXPECT(n.h == 1 && n.i == 1 && n.j == 1.0L / 3 && n.u == 7);
    return 0;
}
#endif
