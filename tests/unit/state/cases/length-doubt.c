/* SPDX-License-Identifier: MIT
 *
 * Memory of unknown type that a plain pointer uses as a type that changed: nothing
 * counts it, so nothing says that it is one.
 * transfer: EAMBIGUOUS item untyped object that is used as 'struct item'
 */
#include "case.h"

struct item {
#ifndef OLD
    long extra;
#endif
    long key;
} *item;

/* Nothing tells the pass what this allocates. */
static void *get(size_t n)
{
    static void *volatile last;

    last = malloc(n);
    return last;
}

void setup(void)
{
    item = get(sizeof(struct item));
    item->key = 3;
}

#ifndef OLD
int check(void)
{
    return 1;
}
#endif
