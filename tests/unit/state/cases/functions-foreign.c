/* SPDX-License-Identifier: MIT
 *
 * Pointers to functions of units that were not compiled with the pass: the C
 * library's.
 */
#include "case.h"

#ifndef OLD
static char moves_everything[4000];
static int moves_code(const char *s)
{
    return s[0] + s[1] + s[2];
}
#endif
void (*give)(void *);
struct ops {
#ifndef OLD
    int (*added)(const char *);
#endif
    size_t (*length)(const char *);
} ops = {.length = strlen};

void setup(void)
{
    give = free;
}

#ifndef OLD
int check(void)
{
    KEEP(moves_everything);
    EXPECT(give == free && ops.length == strlen && !ops.added);
    ops.added = moves_code;
    return 0;
}
#endif
