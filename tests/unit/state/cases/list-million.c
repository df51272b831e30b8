/* SPDX-License-Identifier: MIT
 *
 * A list of a million nodes: no recursion, bounded memory.
 */
#include "case.h"

#ifdef OLD
struct node {
    struct node *next;
    int value;
} *head;
#else
struct node {
    long value;
    int flags;
    struct node *next;
} *head;
#endif
#define N 1000000

void setup(void)
{
    for (int i = N; i-- > 0;) {
        struct node *n = malloc(sizeof(*n));
        n->value = i;
        n->next = head;
        head = n;
    }
}

#ifndef OLD
int check(void)
{
    struct node *n = head;

    for (int i = 0; i < N; i++, n = n->next)
        EXPECT(n->value == i && n->flags == 0);
    EXPECT(!n);
    return 0;
}
#endif
