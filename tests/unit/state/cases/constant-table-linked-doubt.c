/* SPDX-License-Identifier: MIT
 *
 * Only where they lead tells the states of a machine apart, and there is another one now.
 * transfer: ETARGET state leads to an entry that the new version's table of constants does not have
 */
#include "case.h"

static const struct state {
    const struct state *next;
    int on;
} states[] = {
#ifdef OLD
    {&states[1], 1},
    {&states[2], 1},
    {&states[0], 1},
#else
    {&states[1], 1},
    {&states[2], 1},
    {&states[3], 1},
    {&states[0], 1},
#endif
};
const struct state *state;

void setup(void)
{
    state = &states[1];
}

#ifndef OLD
int check(void)
{
    return 0;
}
#endif
