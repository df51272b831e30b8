/* SPDX-License-Identifier: MIT
 *
 * A mismatch behind a pointer, deep inside.
 * plan: EMISMATCH table.first->inner.list 'struct b *' cannot become 'struct c *'
 */
#include "case.h"

struct b {
    int x;
};
struct c {
    int x;
};
struct a {
    int pad;
    struct {
        int k;
#ifdef OLD
        struct b *list;
#else
        struct c *list;
#endif
    } inner;
};
struct table {
    struct a *first;
} table;

void setup(void)
{
    table.first = NULL;
}

#ifndef OLD
int check(void)
{
    KEEP(table);
    return 0;
}
#endif
