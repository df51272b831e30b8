/* SPDX-License-Identifier: MIT
 *
 * The component of the benchmark: a list of many nodes, which the new version lays
 * out otherwise, and an array that both share.  Says when it has built, or found, them.
 */
#include <stdint.h>
#include <stdlib.h>

#include <lu/event.h>
#include <lu/log.h>

#define NODES 100000u
#define WORDS (1u << 20)

struct node {
#ifdef LIST_NEW
    long value;
    int flags;
    struct node *next;
#else
    struct node *next;
    int value;
#endif
};

static struct node *head;
static uint64_t words[WORDS];

static int list_build(void)
{
    for (uint32_t i = 0; i < NODES; i++) {
        struct node *n = calloc(1, sizeof(*n));

        if (!n)
            return -LU_ENOMEM;
        n->value = (int)i;
        n->next = head;
        head = n;
    }
    for (uint32_t i = 0; i < WORDS; i++)
        words[i] = i * 7ull;
    lu_log("list built");
    return 0;
}

static int list_check(void)
{
    uint32_t n = 0;

    for (const struct node *node = head; node; node = node->next)
        if (node->value != (int)(NODES - ++n))
            return -LU_EIO;
    for (uint32_t i = 0; i < WORDS; i++)
        if (words[i] != i * 7ull)
            return -LU_EIO;
    return n == NODES ? 0 : -LU_EIO;
}

int main(void)
{
    static const struct event_handlers handlers = {.init_fresh = list_build,
                                                   .init_live_update = list_check};
    struct lu_msg m;

    sys_startup(&handlers);
    while (sys_receive(&m) == 0)
        ;
    return 1;
}
