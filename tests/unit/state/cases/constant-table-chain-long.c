/* SPDX-License-Identifier: MIT
 *
 * Tables that lead to each other, one after the other: too many steps to tell
 * entries apart by the last.
 * transfer: ETARGET tenth leads to an entry that the new version's table of constants does not have
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
TABLE(eight, seven);
TABLE(nine, eight);
TABLE(ten, nine);
const void *tenth;

void setup(void)
{
    tenth = &ten[SECOND];
}

#ifndef OLD
int check(void)
{
    return 0;
}
#endif
