/* SPDX-License-Identifier: MIT
 *
 * Pointers to functions that moved to another file, became static there, or stopped
 * being so; arrays of them, grown; and statics of one name in two files.
 */
#include "case.h"

typedef int (*operation)(int);
int negate(int x);
operation other_lookup(int i);
int *other_count(void);

#ifdef OLD
#define SLOTS 3
static int twice(int x)
{
    return 2 * x;
}
int third(int x)
{
    return 3 * x;
}
#else
#define SLOTS 5
int negate(int x)
{
    return -x;
}
#endif
static int count = 1;
operation table[SLOTS];
struct {
    operation (*find)(int);
    operation nested[2][SLOTS];
} ops;

#ifdef OLD
void setup(void)
{
    table[0] = twice;
    table[1] = third;
    table[2] = negate;
    ops.find = other_lookup;
    ops.nested[1][2] = third;
    count = 11;
    *other_count() = 22;
}
#else
int check(void)
{
    EXPECT(table[0] == other_lookup(0) && table[0](5) == 10);
    EXPECT(table[1] == other_lookup(1) && table[1](5) == 15);
    EXPECT(table[2] == negate && table[2](5) == -5 && !table[3]);
    EXPECT(ops.find == other_lookup && ops.nested[1][2] == table[1] && !ops.nested[0][0]);
    EXPECT(count == 11 && *other_count() == 22);
    return 0;
}
#endif
