/* SPDX-License-Identifier: MIT
 *
 * A list whose nodes become over-aligned: each has its alignment in the new heap.
 */
#include "case.h"

struct node {
    struct node *next;
    int key;
#ifdef OLD
} *head;
#else
} __attribute__((aligned(128))) * head;
#endif

void setup(void)
{
    for (int i = 0; i < 50; i++) {
#ifdef OLD
        struct node *n = malloc(sizeof(*n));
#else
        struct node *n = aligned_alloc(128, sizeof(*n));
#endif
        n->next = head;
        n->key = i;
        head = n;
    }
}

#ifndef OLD
int check(void)
{
    int i = 50;

    for (struct node *n = head; n; n = n->next)
        EXPECT((uintptr_t)n % 128 == 0 && n->key == --i);
    EXPECT(i == 0);
    return 0;
}
#endif
