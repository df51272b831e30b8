/* SPDX-License-Identifier: MIT
 *
 * Enumerators keep their names, not their numbers.
 */
#include "case.h"

#ifdef OLD
enum state { IDLE, BUSY, DONE };
#else
enum state { NONE, DONE, PAUSED, BUSY = 40, IDLE };
#endif
struct job {
    enum state state;
    char fill;
} jobs[3];

#ifdef OLD
void setup(void)
{
    jobs[0].state = BUSY;
    jobs[1].state = DONE;
    jobs[2].state = IDLE;
}
#else
int check(void)
{
    EXPECT(jobs[0].state == BUSY && jobs[1].state == DONE && jobs[2].state == IDLE);
    return 0;
}
#endif
