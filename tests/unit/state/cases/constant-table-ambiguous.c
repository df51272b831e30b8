/* SPDX-License-Identifier: MIT
 *
 * The start of a table whose first entry moved: the table, or the entry?
 * transfer: EAMBIGUOUS timer leads to a table of constants, or to its first entry, which moved
 */
#include "case.h"

static const struct entry {
    int key, value;
} table[] = {
#ifndef OLD
    {7, 70},
#endif
    {1, 10},
    {2, 20},
};
const struct entry *timer;

void setup(void)
{
    timer = table;
}

#ifndef OLD
int check(void)
{
    return 0;
}
#endif
