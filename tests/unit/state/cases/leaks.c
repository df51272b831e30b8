/* SPDX-License-Identifier: MIT
 *
 * Objects that nothing leads to are counted, not moved.
 * unreached: 3
 */
#include "case.h"

struct node {
    int x;
} *kept;

void setup(void)
{
    kept = malloc(sizeof(*kept));
    kept->x = 1;
    for (int i = 0; i < 3; i++) {
        struct node *n = malloc(sizeof(*n));
        KEEP(*n);
    }
}

#ifndef OLD
int check(void)
{
    EXPECT(kept->x == 1);
    return 0;
}
#endif
