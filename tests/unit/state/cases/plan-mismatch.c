/* SPDX-License-Identifier: MIT
 *
 * Types that can't be converted are refused before anything is touched.
 * plan: EMISMATCH conns[].rx_state 'struct foo *' cannot become 'int'
 */
#include "case.h"

struct foo {
    int x;
};
struct conn {
    int fd;
#ifdef OLD
    struct foo *rx_state;
#else
    int rx_state;
#endif
} conns[4];

void setup(void)
{
    KEEP(conns);
}

#ifndef OLD
int check(void)
{
    KEEP(conns);
    return 0;
}
#endif
