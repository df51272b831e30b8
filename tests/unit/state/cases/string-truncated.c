/* SPDX-License-Identifier: MIT
 *
 * Text that is cut by rule stays terminated; without a rule it must fit.
 * rule: truncate name
 */
#include "case.h"

#ifdef OLD
char name[16], fits[16];
#else
char name[6], fits[6];
#endif

void setup(void)
{
    memcpy(name, "protean os", 11);
    memcpy(fits, "short", 6);
}

#ifndef OLD
int check(void)
{
    EXPECT(strcmp(name, "prote") == 0 && strcmp(fits, "short") == 0);
    return 0;
}
#endif
