/* SPDX-License-Identifier: MIT
 *
 * Arrays of several dimensions, each of which changed; pointers to rows.
 */
#include "case.h"

#ifdef OLD
typedef short cell;
#define A 2
#define B 3
#define C 4
#else
typedef int cell;
#define A 3
#define B 4
#define C 4
#endif
cell cube[A][B][C];
cell (*row)[C];
struct {
    cell flat[A * 2][2];
} s;
cell (*pair)[2];

void setup(void)
{
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 3; k++)
            for (int l = 0; l < 4; l++)
                cube[i][k][l] = (cell)(100 * i + 10 * k + l);
    s.flat[3][1] = -9;
    row = &cube[1][2];
    pair = &s.flat[3];
}

#ifndef OLD
int check(void)
{
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 4; k++)
            for (int l = 0; l < 4; l++)
                EXPECT(cube[i][k][l] == (i < 2 && k < 3 ? 100 * i + 10 * k + l : 0));
    EXPECT(s.flat[3][1] == -9 && row == &cube[1][2] && pair == &s.flat[3]);
    return 0;
}
#endif
