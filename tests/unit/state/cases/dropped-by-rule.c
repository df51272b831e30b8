/* SPDX-License-Identifier: MIT
 *
 * The same, allowed by rules; and new members and globals get values by rule.
 * rule: drop limit
 * rule: drop s.cookie
 * rule: value s.fresh 42
 * rule: value mode -3
 */
#include "case.h"

#ifdef OLD
int limit = 17;
struct s {
    int cookie, a;
} s;

void setup(void)
{
    limit++;
    s.cookie = 4;
    s.a = 5;
}
#else
struct s {
    int a;
    short fresh;
} s;
long mode = 9;

int check(void)
{
    EXPECT(s.a == 5 && s.fresh == 42 && mode == -3);
    return 0;
}
#endif
