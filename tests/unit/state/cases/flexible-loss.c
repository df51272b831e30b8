/* SPDX-License-Identifier: MIT
 *
 * A flexible array that is gone, and held something.
 * transfer: ELOSS v->e[0] holds a value
 */
#include "case.h"

struct vec {
    int n;
#ifdef OLD
    long e[];
#endif
} *v;

#ifdef OLD
void setup(void)
{
    v = calloc(1, sizeof(*v) + 3 * sizeof(long));
    v->n = 3;
    v->e[1] = 5;
}
#else
void setup(void)
{
    v = calloc(1, sizeof(*v));
}

int check(void)
{
    KEEP(v);
    return 0;
}
#endif
