/* SPDX-License-Identifier: MIT
 *
 * Into the part of a constant text that changed.
 * transfer: ETARGET word leads to an entry that the new version's table of constants does not have
 */
#include "case.h"

#ifdef OLD
static const char version[] = "version 1.2 (stable)";
#else
static const char version[] = "version 1.10 (stable)";
#endif
const char *word;

void setup(void)
{
    word = version + 10;
}

#ifndef OLD
int check(void)
{
    KEEP(version);
    return 0;
}
#endif
