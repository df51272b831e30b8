/* SPDX-License-Identifier: MIT
 *
 * An enumeration that was never set is 0, also where the new version has a name for 0: no
 * value is lost.  What was set comes back.
 */
#include "case.h"

#ifdef OLD
enum level { LOW = 1, HIGH };
#else
enum level { HIGH, LOW };
#endif
enum level levels[3];

void setup(void)
{
#ifdef OLD
    levels[1] = HIGH;
    levels[2] = LOW;
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(levels[0] == 0 && levels[1] == HIGH && levels[2] == LOW);
    return 0;
}
#endif
