/* SPDX-License-Identifier: MIT
 *
 * Objects on the heap and static ones that lead to each other, in cycles.
 * unreached: 0
 */
#include "case.h"

struct list {
    struct list *prev, *next;
};
struct task {
#ifndef OLD
    int priority;
#endif
    struct list link;
    const char *name;
};
static struct list queue = {&queue, &queue};
static struct task idle;

static void push(struct task *t, const char *name)
{
    t->name = name;
    t->link.prev = queue.prev;
    t->link.next = &queue;
    queue.prev->next = &t->link;
    queue.prev = &t->link;
}

void setup(void)
{
    push(&idle, "idle");
    push(calloc(1, sizeof(struct task)), "net");
    push(calloc(1, sizeof(struct task)), "disk");
}

#ifndef OLD
static struct task *task_of(struct list *l)
{
    return (struct task *)((char *)l - offsetof(struct task, link));
}

int check(void)
{
    struct list *net = queue.next->next, *disk = net->next;

    EXPECT(queue.next == &idle.link && strcmp(task_of(net)->name, "net") == 0);
    EXPECT(strcmp(task_of(disk)->name, "disk") == 0);
    EXPECT(disk->next == &queue && queue.prev == disk && disk->prev == net);
    EXPECT(net->prev == &idle.link && idle.link.prev == &queue);
    return 0;
}
#endif
