/* SPDX-License-Identifier: MIT
 *
 * The end of an array that is a member, or the start of what follows it: as long as
 * they stay together it does not matter; once parted, the type must tell.
 */
#include "case.h"

struct s {
    int before[4];
    long count;
#ifndef OLD
    int new_one;
#endif
    char same[8], still_same[8];
} s;
int *end;
long *count;
char *p;

void setup(void)
{
    end = s.before + 4;
    count = &s.count;
    p = s.still_same;
}

#ifndef OLD
int check(void)
{
    EXPECT(end == s.before + 4 && count == &s.count && p == s.still_same);
    return 0;
}
#endif
