/* SPDX-License-Identifier: MIT
 *
 * The other file of function-moved.c.
 */
#include "case.h"

typedef int (*operation)(int);
int negate(int x);
int third(int x);
operation other_lookup(int i);
int *other_count(void);

static int count = 2;

int *other_count(void)
{
    return &count;
}

#ifdef OLD
int negate(int x)
{
    return -x;
}

operation other_lookup(int i)
{
    return i ? negate : NULL;
}
#else
static int twice(int x)
{
    return 2 * x;
}

int third(int x)
{
    return 3 * x;
}

operation other_lookup(int i)
{
    return i ? third : twice;
}
#endif
