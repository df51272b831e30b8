/* SPDX-License-Identifier: MIT
 *
 * Renames of everything that has a name.
 * rule: rename-enumerator state.PAUSED HALTED
 * rule: rename-type old_conn conn
 * rule: rename-member old_conn.count n
 * rule: rename-global first head
 * rule: rename-function on_event handle_event
 */
#include "case.h"

#ifdef OLD
enum state { IDLE, PAUSED } state;
struct old_conn {
    struct old_conn *next;
    int count;
} *first;
static void on_event(void) {}
void (*handler)(void);

void setup(void)
{
    state = PAUSED;
    first = calloc(1, sizeof(*first));
    first->count = 3;
    handler = on_event;
    KEEP(first);
}
#else
enum state { HALTED = 7, IDLE } state;
struct conn {
    long n;
    struct conn *next;
} *head;
static void handle_event(void) {}
void (*handler)(void);

void setup(void)
{
    head = calloc(1, sizeof(*head));
}

int check(void)
{
    EXPECT(state == HALTED);
    EXPECT(head->n == 3 && !head->next);
    EXPECT(handler == handle_event);
    return 0;
}
#endif
