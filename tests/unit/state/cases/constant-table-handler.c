/* SPDX-License-Identifier: MIT
 *
 * Comparing constants calls no handler, counts no loss, and copies no literal.
 * rule: drop entry.old
 * allowed: 1
 */
#include "case.h"

#include <st/transfer.h>

struct entry {
    const char *name;
    int key;
#ifdef OLD
    int old;
#endif
};
static const struct entry table[] = {
#ifdef OLD
    {"this text is gone", 0, 9},
    {"one", 1, 8},
#else
    {"new", 0},
    {"other", 5},
    {"one", 1},
#endif
};
const struct entry *one;
struct entry own;
int calls;

void setup(void)
{
#ifdef OLD
    one = &table[1];
    own = (struct entry){"own", 3, 4};
#endif
    KEEP(own);
}

#ifndef OLD
static int count(struct st_xfer *x, const struct st_object *o)
{
    (void)x;
    (void)o;
    calls++;
    return 0;
}

const struct st_handler lu_transfer_handlers[] = {
    {.kind = ST_HANDLER_TYPE, .name = "entry", .convert = count}, {0}};

int check(void)
{
    EXPECT(one == &table[2] && strcmp(own.name, "own") == 0 && own.key == 3 && calls == 1);
    return 0;
}
#endif
