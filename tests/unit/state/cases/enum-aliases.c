/* SPDX-License-Identifier: MIT
 *
 * Two names of one value that are no longer the same.
 * transfer: EAMBIGUOUS level is HIGH or TOP, which are no longer the same
 */
#include "case.h"

#ifdef OLD
enum level { LOW, HIGH, TOP = HIGH } level;

void setup(void)
{
    level = TOP;
}
#else
enum level { LOW, HIGH, TOP } level;

int check(void)
{
    KEEP(level);
    return 0;
}
#endif
