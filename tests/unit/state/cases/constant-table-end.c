/* SPDX-License-Identifier: MIT
 *
 * One past the end of a table stays that, also where the table is part of a structure.
 */
#include "case.h"

static const struct entry {
    int key, value;
} table[] = {
    {1, 10},
#ifndef OLD
    {5, 50},
#endif
    {2, 20},
#ifndef OLD
    {3, 30},
#endif
};
#define ENTRIES (sizeof(table) / sizeof(table[0]))

static const struct {
    long before;
    struct entry list[ENTRIES];
    long after;
} wrapped = {-1,
             {
                 {1, 10},
#ifndef OLD
                 {5, 50},
#endif
                 {2, 20},
#ifndef OLD
                 {3, 30},
#endif
             },
             -2};
const struct entry *next, *end, *inner, *inner_end;

void setup(void)
{
    next = &table[1];
    end = table + ENTRIES;
    inner = &wrapped.list[1];
    inner_end = wrapped.list + ENTRIES;
}

#ifndef OLD
int check(void)
{
    EXPECT(next == &table[2] && end == table + ENTRIES);
    EXPECT(inner == &wrapped.list[2] && inner_end == wrapped.list + ENTRIES);
    return 0;
}
#endif
