/* SPDX-License-Identifier: MIT
 *
 * Equal entries are told apart by their order, if there are as many as before.
 */
#include "case.h"

static const struct entry {
    int key, value;
} table[] = {
#ifdef OLD
    {0, 0}, {1, 1}, {0, 0}, {2, 2}, {0, 0}, {3, 3},
#else
    {2, 2}, {3, 3}, {0, 0}, {4, 4}, {0, 0}, {1, 1}, {0, 0}, {5, 5},
#endif
};
const struct entry *second, *third, *one;

void setup(void)
{
    one = &table[1];
    second = &table[2];
    third = &table[4];
}

#ifndef OLD
int check(void)
{
    EXPECT(second == &table[4] && third == &table[6] && one == &table[5]);
    return 0;
}
#endif
