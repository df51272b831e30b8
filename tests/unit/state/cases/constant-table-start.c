/* SPDX-License-Identifier: MIT
 *
 * An entry was inserted at the start of a table: what is no pointer to an entry, but to
 * the table, or to a member, is still known.
 */
#include "case.h"

struct entry {
    int key;
    char text[8];
};
static const struct entry table[] = {
#ifndef OLD
    {7, "seven"},
#endif
    {1, "one"},
    {2, "two"},
};
const struct entry (*all)[sizeof(table) / sizeof(table[0])];
const int *key;
const void *second;
const char *text;

void setup(void)
{
    all = &table;
    key = &table[0].key;
    second = &table[1];
    text = table[0].text;
}

#ifndef OLD
int check(void)
{
    EXPECT(all == &table && *key == 1 && second == &table[2] && text == table[1].text);
    return 0;
}
#endif
