/* SPDX-License-Identifier: MIT
 *
 * Of equal entries fewer are left: which?
 * transfer: ETARGET one leads to an entry that the new version's table of constants does not have
 */
#include "case.h"

static const struct entry {
    int key, value;
} table[] = {
#ifdef OLD
    {9, 9}, {1, 1}, {8, 8}, {1, 1}, {7, 7},
#else
    {7, 7},
    {6, 6},
    {1, 1},
    {9, 9},
#endif
};
const struct entry *nine, *one;

void setup(void)
{
#ifdef OLD
    nine = &table[4];
    one = &table[3];
#endif
    KEEP(table);
    KEEP(nine);
    KEEP(one);
}

#ifndef OLD
int check(void)
{
    return 0;
}
#endif
