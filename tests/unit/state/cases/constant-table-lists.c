/* SPDX-License-Identifier: MIT
 *
 * A table of tables: what leads to the start of one, leads to the table, also where its first
 * entry moved.
 */
#include "case.h"

struct entry {
    int key, value;
};
static const struct entry small[] = {
#ifndef OLD
    {7, 70},
#endif
    {1, 10},
    {2, 20},
};
static const struct entry large[] = {{3, 30}, {4, 40}, {5, 50}};
static const struct group {
    const struct entry *entries;
    int flags;
} groups[] = {
#ifndef OLD
    {NULL, 3},
#endif
    {large, 1},
    {small, 2},
};
const struct group *group;
const struct entry *const *entries;

void setup(void)
{
    group = &groups[1];
    entries = &groups[0].entries;
    KEEP(groups);
}

#ifndef OLD
int check(void)
{
    EXPECT(group == &groups[2] && group->entries == small && *entries == large);
    return 0;
}
#endif
