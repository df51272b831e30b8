/* SPDX-License-Identifier: MIT
 *
 * A union without a tag that got a larger member keeps its bits.
 */
#include "case.h"

struct s {
    union {
        int i;
        char c[8];
#ifndef OLD
        char more[32];
#endif
    } u;
    int after;
} s[2];

void setup(void)
{
    memcpy(s[1].u.c, "sevenby", 8);
    s[1].after = 3;
}

#ifndef OLD
int check(void)
{
    EXPECT(strcmp(s[1].u.c, "sevenby") == 0 && s[1].after == 3 && s[0].after == 0);
    return 0;
}
#endif
