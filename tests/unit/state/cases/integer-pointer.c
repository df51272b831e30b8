/* SPDX-License-Identifier: MIT
 *
 * A pointer that becomes an integer which may hold one, and back; and such an integer
 * that holds a plain number.
 */
#include "case.h"

struct node {
#ifndef OLD
    char moved[40];
#endif
    int key;
};
struct holder {
#ifdef OLD
    struct node *node;
    PXFER(unsigned long) address, number;
    PXFER(int) narrow;
#else
    PXFER(unsigned) narrow;
    PXFER(uintptr_t) node;
    struct node *address;
    PXFER(long) number;
#endif
} h;
struct node fixed[3];

void setup(void)
{
    struct node *n = calloc(1, sizeof(*n));

    n->key = 8;
    fixed[2].key = 9;
#ifdef OLD
    h.node = n;
    h.address = (unsigned long)&fixed[2];
    h.number = 12345;
    h.narrow = (int)(uintptr_t)&fixed[1];
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(((struct node *)h.node)->key == 8);
    EXPECT(h.address == &fixed[2] && h.address->key == 9);
    EXPECT(h.number == 12345 && (struct node *)(uintptr_t)h.narrow == &fixed[1]);
    return 0;
}
#endif
