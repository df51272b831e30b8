/* SPDX-License-Identifier: MIT
 *
 * Two pointers say different things about one object.
 * transfer: EAMBIGUOUS t.strange 'struct item [2]' elsewhere, not 'struct other'
 */
#include "case.h"

struct item {
    int a, b;
};
struct other {
    long a;
};
struct table {
    int n;
    struct item *LU_LEN("n") items;
    struct other *LU_LEN("n") strange;
} t;

/* Nothing tells the pass what this allocates. */
static void *get(size_t n)
{
    static void *volatile last;

    last = malloc(n);
    return last;
}

void setup(void)
{
    t.n = 2;
    t.items = get(2 * sizeof(struct item));
    memset(t.items, 0, 2 * sizeof(struct item));
    t.strange = (struct other *)t.items;
}

#ifndef OLD
int check(void)
{
    return 1;
}
#endif
