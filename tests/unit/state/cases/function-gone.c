/* SPDX-License-Identifier: MIT
 *
 * A pointer to a function that is gone.
 * transfer: ETARGET handler leads to function 'legacy', which the new version does not have
 */
#include "case.h"

void (*handler)(void);
#ifdef OLD
static void legacy(void) {}

void setup(void)
{
    handler = legacy;
}
#else
int check(void)
{
    KEEP(handler);
    return 0;
}
#endif
