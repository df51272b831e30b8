/* SPDX-License-Identifier: MIT
 *
 * Entries were removed and others added; pointers to those that are left follow, also
 * to the one that is the first now.
 */
#include "case.h"

static const struct entry {
    int key;
    const char *name;
} table[] = {
#ifdef OLD
    {1, "one"},   {2, "two"},
#endif
    {3, "three"},
#ifdef OLD
    {4, "four"},
#endif
    {5, "five"},
#ifndef OLD
    {6, "six"},   {7, "seven"},
#endif
};
const struct entry *three, *five;
const void *any;

void setup(void)
{
#ifdef OLD
    three = any = &table[2];
    five = &table[4];
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(three == &table[0] && any == three && five == &table[1]);
    return 0;
}
#endif
