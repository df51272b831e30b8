/* SPDX-License-Identifier: MIT
 *
 * LU_LEN that only the new version has counts if its count was there before.
 * rule: rename-member table.n count
 */
#include "case.h"

struct item {
#ifdef OLD
    short key;
#else
    int key;
    struct item *peer;
#endif
};
struct table {
#ifdef OLD
    struct item *items;
    long n;
#else
    int count;
    int fresh;
    struct item *LU_LEN("count") items;
    struct item *LU_LEN("fresh") other;
#endif
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
    t.items = get(3 * sizeof(struct item));
#ifdef OLD
    t.n = 3;
#endif
    for (int i = 0; i < 3; i++)
        t.items[i].key = (short)(i - 5);
}

#ifndef OLD
int check(void)
{
    EXPECT(t.count == 3);
    for (int i = 0; i < 3; i++)
        EXPECT(t.items[i].key == i - 5 && !t.items[i].peer);
    return 0;
}
#endif
