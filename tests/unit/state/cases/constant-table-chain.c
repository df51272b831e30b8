/* SPDX-License-Identifier: MIT
 *
 * Tables that lead to each other, one after the other: entries differ only in what the
 * entries that they lead to hold.
 */
#include "case.h"

static const char *const names[] = {
    "a",
#ifndef OLD
    "x",
#endif
    "b",
};
#ifdef OLD
#define SECOND 1
#define TABLE(name, next)                                                                          \
    static const struct {                                                                          \
        const void *next;                                                                          \
        int same;                                                                                  \
    } name[] = {{&next[0], 1}, {&next[1], 1}}
#else
#define SECOND 2
#define TABLE(name, next)                                                                          \
    static const struct {                                                                          \
        const void *next;                                                                          \
        int same;                                                                                  \
    } name[] = {{&next[0], 1}, {&next[1], 1}, {&next[2], 1}}
#endif
TABLE(one, names);
TABLE(two, one);
TABLE(three, two);
TABLE(four, three);
TABLE(five, four);
TABLE(six, five);
TABLE(seven, six);
const void *second, *seventh;

void setup(void)
{
    second = &two[SECOND];
    seventh = &seven[SECOND];
}

#ifndef OLD
int check(void)
{
    EXPECT(second == &two[2] && seventh == &seven[2]);
    return 0;
}
#endif
