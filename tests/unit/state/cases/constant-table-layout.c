/* SPDX-License-Identifier: MIT
 *
 * Entries of another layout: members were added, dropped, reordered, renamed by rule and
 * resized.  What both versions have tells which is which; padding does not.
 * rule: rename-member entry.id number
 */
#include "case.h"

static const struct entry {
#ifdef OLD
    char grade;
    int id;
    short size;
    long dropped;
#else
    const char *added;
    long size;
    int number;
    char grade;
    unsigned more : 7;
#endif
} table[] = {
#ifdef OLD
    {'a', 1, 100, 5},
    {'b', 2, 200, 5},
    {'c', 3, 300, 6},
#else
    {"x", 100, 1, 'a', 1},
    {"w", 150, 9, 'w', 3},
    {"y", 200, 2, 'b', 5},
    {"z", 300, 3, 'c', 8},
#endif
};
const struct entry *second;
const char *grade;

void setup(void)
{
    second = &table[1];
#ifdef OLD
    grade = &table[2].grade;
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(second == &table[2] && *grade == 'c' && grade == &table[3].grade);
    return 0;
}
#endif
