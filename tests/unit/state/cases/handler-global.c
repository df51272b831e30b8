/* SPDX-License-Identifier: MIT
 *
 * A table that became a list: a global's handler reads old memory, allocates, and asks
 * where an old pointer leads now; what only it leads to is transferred too.
 * unreached: 0
 */
#include "case.h"

struct item {
#ifndef OLD
    long more;
#endif
    int key;
};

#ifdef OLD
struct item *table[4];

void setup(void)
{
    for (int i = 0; i < 3; i++) {
        table[i] = calloc(1, sizeof(struct item));
        table[i]->key = 100 + i;
    }
}
#else
#include <st/transfer.h>

struct link {
    struct link *next;
    struct item *item;
} *table;

static struct link *link_new(void)
{
    return calloc(1, sizeof(struct link));
}

static int table_convert(struct st_xfer *x, const struct st_object *o)
{
    struct link **end = o->new_data;
    uint64_t old[4], item;
    int r = st_xfer_read(x, o->old_addr, old, sizeof(old));

    for (int i = 0; i < 4 && r == 0; i++) {
        r = st_xfer_pointer(x, old[i], &item);
        if (r < 0 || !item)
            continue;
        *end = link_new();
        (*end)->item = (struct item *)item;
        end = &(*end)->next;
    }
    return r;
}

const struct st_handler lu_transfer_handlers[] = {
    {.kind = ST_HANDLER_GLOBAL, .instead = 1, .name = "table", .convert = table_convert}, {0}};

void setup(void)
{
    table = link_new();
    table->item = calloc(1, sizeof(struct item));
}

int check(void)
{
    struct link *l = table;

    for (int i = 0; i < 3; i++, l = l->next)
        EXPECT(l->item->key == 100 + i && l->item->more == 0);
    EXPECT(!l);
    return 0;
}
#endif
