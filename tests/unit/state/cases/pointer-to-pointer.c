/* SPDX-License-Identifier: MIT
 *
 * Pointers to pointers: to a static one, to a member of a heap object, into an array
 * of pointers; and through two levels to what they lead to.
 */
#include "case.h"

struct node {
#ifndef OLD
    int extra;
#endif
    struct node *next;
    int key;
};
struct node *head, **tail, ***deep;
const char *names[3], **name;
struct node **slots, **slot;

void setup(void)
{
    head = calloc(1, sizeof(*head));
    head->key = 5;
    tail = &head->next;
    deep = &tail;
    names[1] = "one";
    name = &names[1];
    slots = calloc(4, sizeof(*slots));
    slots[2] = head;
    slot = &slots[2];
}

#ifndef OLD
int check(void)
{
    EXPECT(head->key == 5 && tail == &head->next && deep == &tail && **deep == NULL);
    EXPECT(name == &names[1] && strcmp(*name, "one") == 0);
    EXPECT(slot == &slots[2] && *slot == head);
    return 0;
}
#endif
