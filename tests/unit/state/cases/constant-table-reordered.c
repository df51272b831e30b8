/* SPDX-License-Identifier: MIT
 *
 * A table that was sorted otherwise.
 */
#include "case.h"

static const struct entry {
    char name[12];
    double value;
    unsigned flag : 3, mark : 5;
} table[] = {
#ifdef OLD
    {"delta", 4, 4, 1},
    {"alpha", 1, 1, 1},
    {"beta", 2, 2, 1},
    {"gamma", 3, 3, 1},
#else
    {"alpha", 1, 1, 1},
    {"beta", 2, 2, 1},
    {"delta", 4, 4, 1},
    {"gamma", 3, 3, 1},
#endif
};
const struct entry *alpha, *beta, *gamma;
const double *delta;

void setup(void)
{
#ifdef OLD
    delta = &table[0].value;
    alpha = &table[1];
    beta = &table[2];
    gamma = &table[3];
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(alpha == &table[0] && beta == &table[1] && delta == &table[2].value &&
           gamma == &table[3]);
    return 0;
}
#endif
