/* SPDX-License-Identifier: MIT
 *
 * An array of which the second is in use does not become a single object.
 * transfer: ELOSS many[1] array elements that do not fit would be lost
 */
#include "case.h"

struct conn {
    int fd;
};
#ifdef OLD
struct conn many[4];
#else
struct conn many;
#endif

void setup(void)
{
#ifdef OLD
    many[1].fd = 6;
#endif
}

#ifndef OLD
int check(void)
{
    KEEP(many);
    return 0;
}
#endif
