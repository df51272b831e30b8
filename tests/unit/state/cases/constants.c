/* SPDX-License-Identifier: MIT
 *
 * Pointers to constants and into them; constants themselves are the new version's.
 */
#include "case.h"

struct entry {
    const char *name;
    int value;
};
#ifdef OLD
static const struct entry table[] = {{"zero", 0}, {"one", 1}, {"two", 2}};
#else
static const struct entry table[] = {{"zero", 100}, {"one", 101}, {"two", 102}, {"three", 103}};
#endif
const struct entry *selected;
const int *value;

void setup(void)
{
    selected = &table[1];
    value = &table[2].value;
}

#ifndef OLD
int check(void)
{
    EXPECT(selected == &table[1] && selected->value == 101 && *value == 102);
    return 0;
}
#endif
