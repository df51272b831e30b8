/* SPDX-License-Identifier: MIT
 *
 * A pointer to an entry that was removed, although another one was added elsewhere.
 * transfer: ETARGET list[1].entry leads to an entry that the new version's table of constants does
 * not have
 */
#include "case.h"

static const struct entry {
    int key, value;
} table[] = {
    {1, 10},
#ifdef OLD
    {2, 20},
#endif
    {3, 30}, {4, 40},
#ifndef OLD
    {5, 50},
#endif
};
struct user {
    const struct entry *entry;
} list[2];

void setup(void)
{
    list[0].entry = &table[2];
    list[1].entry = &table[1];
}

#ifndef OLD
int check(void)
{
    return 0;
}
#endif
