/* SPDX-License-Identifier: MIT
 *
 * A pointer to nothing in particular, to the start of a table whose first entry is gone.
 * transfer: EAMBIGUOUS any leads to a table of constants, or to its first entry, which moved
 */
#include "case.h"

static const int table[] = {
#ifdef OLD
    5,
#endif
    10, 20, 30};
const void *any;

void setup(void)
{
    any = table;
}

#ifndef OLD
int check(void)
{
    KEEP(table);
    return 0;
}
#endif
