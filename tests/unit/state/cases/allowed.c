/* SPDX-License-Identifier: MIT
 *
 * Every loss that a rule or an annotation allows is counted: a dropped member, a
 * dropped global, a cut array, a skipped member, one that a rule's value replaces.
 * rule: drop s.gone
 * rule: drop total
 * rule: truncate s.name
 * rule: skip s.skipped
 * rule: value s.fixed 3
 * allowed: 6
 */
#include "case.h"

struct s {
    int fixed, skipped;
    NOXFER int cache;
#ifdef OLD
    int gone;
    char name[16];
#else
    char name[4];
#endif
} s;
#ifdef OLD
int total;
#endif

void setup(void)
{
    s.fixed = 1;
    s.skipped = 2;
    s.cache = 3;
#ifdef OLD
    s.gone = 4;
    memcpy(s.name, "too long", 9);
    total = 5;
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(s.fixed == 3 && s.skipped == 0 && s.cache == 0 && strcmp(s.name, "too") == 0);
    return 0;
}
#endif
