/* SPDX-License-Identifier: MIT
 *
 * An enumerator that the new version does not have.
 * transfer: ELOSS state is PAUSED, which the new version does not have
 */
#include "case.h"

#ifdef OLD
enum state { IDLE, PAUSED } state;

void setup(void)
{
    state = PAUSED;
}
#else
enum state { IDLE, BUSY } state;

int check(void)
{
    KEEP(state);
    return 0;
}
#endif
