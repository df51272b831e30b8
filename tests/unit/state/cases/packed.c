/* SPDX-License-Identifier: MIT
 *
 * Packed structures that become aligned ones and the other way round, with pointers at
 * odd addresses in them and to them.
 */
#include "case.h"

struct node {
    char tag;
    struct node *next;
    short n;
#ifdef OLD
} __attribute__((packed));
#else
};
#endif
struct tight {
    short n;
    struct node *node;
#ifdef OLD
};
#else
} __attribute__((packed));
#endif
struct node nodes[3];
struct tight tight[2];

void setup(void)
{
    nodes[0] = (struct node){'a', &nodes[2], -1};
    nodes[2] = (struct node){'c', &nodes[1], 300};
    tight[1] = (struct tight){7, &nodes[1]};
}

#ifndef OLD
int check(void)
{
    EXPECT(nodes[0].tag == 'a' && nodes[0].next == &nodes[2] && nodes[0].n == -1);
    EXPECT(nodes[2].tag == 'c' && nodes[2].next == &nodes[1] && nodes[2].n == 300);
    EXPECT(tight[1].n == 7 && tight[1].node == &nodes[1] && !tight[0].node);
    return 0;
}
#endif
