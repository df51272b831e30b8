/* SPDX-License-Identifier: MIT
 *
 * Bit-fields of enumerations are converted by name, and become floating point.
 */
#include "case.h"

#ifdef OLD
enum state { IDLE, BUSY, DONE };
struct f {
    enum state state : 3, whole;
    int level : 7;
    unsigned flag : 1;
    double rate;
};
#else
enum state { DONE, FRESH, BUSY = 5, IDLE };
struct f {
    double level;
    enum state whole : 4;
    _Bool flag : 1;
    enum state state;
    int rate : 9;
};
#endif
struct f f, g;

void setup(void)
{
    f.state = DONE;
    f.whole = BUSY;
    f.level = -7;
    f.flag = 1;
    f.rate = -200;
    KEEP(g);
}

#ifndef OLD
int check(void)
{
    EXPECT(f.state == DONE && f.whole == BUSY && f.level == -7.0 && f.flag && f.rate == -200);
    EXPECT(g.state == IDLE && g.whole == IDLE && g.level == 0);
    return 0;
}
#endif
