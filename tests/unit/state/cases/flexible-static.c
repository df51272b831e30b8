/* SPDX-License-Identifier: MIT
 *
 * Static objects that end in a flexible array: unchanged, and changed.
 */
#include "case.h"

struct same {
    int n;
    short e[];
} same = {3, {1, 2, 3}};
struct changed {
#ifndef OLD
    long before;
#endif
    int n;
    struct {
#ifndef OLD
        char pad;
#endif
        int x;
    } e[];
#ifdef OLD
} changed = {2, {{1}, {2}}};
#else
} changed = {7, 2, {{0, 1}, {0, 2}}};
#endif
short *last;
int *x;

void setup(void)
{
    same.e[2] = 33;
    changed.e[1].x = 22;
    last = &same.e[2];
    x = &changed.e[1].x;
}

#ifndef OLD
int check(void)
{
    EXPECT(same.n == 3 && same.e[0] == 1 && same.e[2] == 33 && last == &same.e[2]);
    EXPECT(changed.n == 2 && changed.e[0].x == 1 && changed.e[1].x == 22);
    EXPECT(changed.before == 7 && x == &changed.e[1].x);
    return 0;
}
#endif
