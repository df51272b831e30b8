/* SPDX-License-Identifier: MIT
 *
 * A variable that becomes a constant, and a constant that becomes a variable, keep the
 * new version's value; pointers to them follow.
 */
#include "case.h"

struct limits {
#ifndef OLD
    int fresh;
#endif
    int low, high;
};
#ifdef OLD
static struct limits limits = {.low = 1, .high = 9};
static const int fixed[4] = {1, 2, 3, 4};
#else
static const struct limits limits = {.low = 11, .high = 99};
static int fixed[4] = {10, 20, 30, 40};
#endif
const int *high, *third;

void setup(void)
{
    high = &limits.high;
    third = &fixed[2];
}

#ifndef OLD
int check(void)
{
    EXPECT(high == &limits.high && *high == 99 && third == &fixed[2] && *third == 30);
    return 0;
}
#endif
