/* SPDX-License-Identifier: MIT
 *
 * Two enumerators become one: what the state was can't be told any more.
 * rule: rename-enumerator mood.GLAD HAPPY
 * rule: rename-enumerator mood.MERRY HAPPY
 * reverse: ELOSS feelings[2] is MERRY, and would come back as GLAD
 */
#include "case.h"

#ifdef OLD
enum mood { CALM, GLAD, MERRY };
#else
enum mood { HAPPY, CALM };
#endif
enum mood feelings[3];

void setup(void)
{
#ifdef OLD
    feelings[1] = GLAD;
    feelings[2] = MERRY;
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(feelings[0] == CALM && feelings[1] == HAPPY && feelings[2] == HAPPY);
    return 0;
}
#endif
