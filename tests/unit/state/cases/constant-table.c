/* SPDX-License-Identifier: MIT
 *
 * Pointers into a table of constants in which an entry was inserted: they follow the
 * entry, not its number (lwIP's lwip_cyclic_timers).
 */
#include "case.h"

static int a(void)
{
    return 1;
}

static int b(void)
{
    return 2;
}
#ifndef OLD
static int x(void)
{
    return 9;
}
#endif

struct entry {
    unsigned interval;
    int (*run)(void);
};
const struct entry table[] = {
    {250, a},
#ifndef OLD
    {100, x},
#endif
    {500, b},
};
const struct entry *timer, *first;
int (*const *run)(void);

void setup(void)
{
    first = table;
    timer = &table[1];
    run = &table[1].run;
}

#ifndef OLD
int check(void)
{
    EXPECT(first == table && timer == &table[2] && timer->run == b && *run == b);
    KEEP(a);
    KEEP(x);
    return 0;
}
#endif
