/* SPDX-License-Identifier: MIT
 *
 * A flexible array that is shorter than its count.
 * transfer: ERANGE vec->e has 9 elements of 8 bytes, says LU_LEN
 */
#include "case.h"

struct vec {
    unsigned long n;
    long e[] LU_LEN("n");
} *vec;

void setup(void)
{
    vec = malloc(sizeof(*vec) + 8 * sizeof(long));
    memset(vec, 0, sizeof(*vec) + 8 * sizeof(long));
    vec->n = 9;
}

#ifndef OLD
int check(void)
{
    return 1;
}
#endif
