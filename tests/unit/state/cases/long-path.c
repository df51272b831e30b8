/* SPDX-License-Identifier: MIT
 *
 * The path of an object at the end of a list.
 * transfer: ETARGET head->next{999}->data holds a small number
 */
#include "case.h"

struct node {
    struct node *next;
    void *data;
} *head;

void setup(void)
{
    for (int i = 0; i < 1000; i++) {
        struct node *n = calloc(1, sizeof(*n));
        n->next = head;
        if (!head)
            n->data = (void *)2;
        head = n;
    }
}

#ifndef OLD
int check(void)
{
    KEEP(head);
    return 0;
}
#endif
