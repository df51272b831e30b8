/* SPDX-License-Identifier: MIT
 *
 * Pointers to string literals: the same text in the new version, into its middle, and
 * a text that the new version no longer has.
 */
#include "case.h"

const char *name = "initial", *middle, *gone;

#ifdef OLD
void setup(void)
{
    name = "established";
    middle = name + 5;
    gone = "text of the old version";
}
#else
int check(void)
{
    const char *volatile same = "established";

    EXPECT(strcmp(name, "established") == 0 && name == same && middle == name + 5);
    EXPECT(strcmp(gone, "text of the old version") == 0);
    return 0;
}
#endif
