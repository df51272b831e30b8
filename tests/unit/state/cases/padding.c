/* SPDX-License-Identifier: MIT
 *
 * A member that was added where padding was gets nothing of what the padding held; and
 * padding is no value that could be lost.
 */
#include "case.h"

struct inner {
    char c;
    long n;
};
struct s {
    char a;
#ifndef OLD
    char fresh;
#endif
    int b;
#ifdef OLD
    struct inner gone;
#endif
} *s;

void setup(void)
{
    s = malloc(sizeof(*s));
    memset(s, 0xaa, sizeof(*s));
    s->a = 1;
    s->b = 2;
#ifdef OLD
    s->gone.c = 0;
    s->gone.n = 0;
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(s->a == 1 && s->b == 2 && s->fresh == 0);
    return 0;
}
#endif
