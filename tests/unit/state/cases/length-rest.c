/* SPDX-License-Identifier: MIT
 *
 * What is behind the counted elements may be copied only if it holds no pointers.
 * transfer: EAMBIGUOUS t.items+32 what follows the elements that LU_LEN counts
 */
#include "case.h"

struct item {
    struct item *peer;
    long key;
};
struct table {
    int n;
    struct item *LU_LEN("n") items;
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
    t.items = get(3 * sizeof(struct item));
    memset(t.items, 0, 3 * sizeof(struct item));
    t.items[2].peer = t.items;
}

#ifndef OLD
int check(void)
{
    return 1;
}
#endif
