/* SPDX-License-Identifier: MIT
 *
 * Rows of a table move, and so do elements in a row.
 */
#include "case.h"

#ifdef OLD
static const int table[3][4] = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}};
#else
static const int table[4][4] = {{1, 2, 3, 4}, {0, 0, 0, 0}, {5, 6, 7, 8}, {9, 12, 10, 11}};
#endif
const int (*row)[4];
const int *seven, *ten;

void setup(void)
{
    row = &table[1];
    seven = &table[1][2];
    ten = &table[2][1];
}

#ifndef OLD
int check(void)
{
    EXPECT(row == &table[2] && seven == &table[2][2] && *seven == 7);
    EXPECT(ten == &table[3][2] && *ten == 10);
    return 0;
}
#endif
