/* SPDX-License-Identifier: MIT
 *
 * Rules name the members of structures without a tag by what holds them.
 * rule: drop box.inner.gone
 * rule: rename-member box.inner.old new
 * rule: drop lone.extra
 * rule: value lone.fresh 5
 * allowed: 2
 */
#include "case.h"

struct box {
    struct {
#ifdef OLD
        int gone, old;
#else
        long new;
#endif
    } inner[2];
} box;
struct {
    int a;
#ifdef OLD
    int extra;
#else
    int fresh;
#endif
} lone;

void setup(void)
{
#ifdef OLD
    box.inner[1].gone = 1;
    box.inner[1].old = 2;
    lone.extra = 3;
#endif
    lone.a = 4;
}

#ifndef OLD
int check(void)
{
    EXPECT(box.inner[1].new == 2 && lone.a == 4 && lone.fresh == 5);
    return 0;
}
#endif
