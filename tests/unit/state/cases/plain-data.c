/* SPDX-License-Identifier: MIT
 *
 * What is plain data (SXFER) becomes a number of another size only if it fits.
 */
#include "case.h"

struct s {
#ifdef OLD
    SXFER void *cookie;
    SXFER unsigned token;
    int after;
#else
    SXFER unsigned cookie;
    int after;
    SXFER void *token;
#endif
} s = {.after = 0};

void setup(void)
{
#ifdef OLD
    s.cookie = (void *)0xfffffff0;
    s.token = 0x1234;
    s.after = 77;
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(s.cookie == 0xfffffff0 && s.token == (void *)0x1234 && s.after == 77);
    return 0;
}
#endif
