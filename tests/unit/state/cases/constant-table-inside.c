/* SPDX-License-Identifier: MIT
 *
 * Into the entries: members, elements of arrays in them; and a table in a constant
 * structure, one that ends in a flexible array too.
 */
#include "case.h"

struct entry {
    short key;
    int list[4];
    struct {
        char letter;
        const char *name;
    } inner[2];
};
static const struct {
    int n;
    struct entry table[4];
} wrapped = {3,
             {
                 {1, {1, 2, 3, 4}, {{'a', "a1"}, {'b', "b1"}}},
#ifndef OLD
                 {9, {0, 0, 0, 0}, {{'y', "y"}, {'z', "z"}}},
#endif
                 {2, {5, 6, 7, 8}, {{'c', "c2"}, {'d', "d2"}}},
                 {3, {9, 9, 9, 9}, {{'e', "e3"}, {'f', "f3"}}},
             }};
static const struct {
    int n;
    struct {
        int key, value;
    } list[];
} flexible = {3,
              {
                  {1, 10},
#ifndef OLD
                  {9, 90},
#endif
                  {2, 20},
                  {3, 30},
              }};
const int *seven, *value;
const char *const *name;
const struct entry *third;

void setup(void)
{
    seven = &wrapped.table[1].list[2];
    name = &wrapped.table[1].inner[1].name;
    third = &wrapped.table[2];
    value = &flexible.list[1].value;
}

#ifndef OLD
int check(void)
{
    EXPECT(seven == &wrapped.table[2].list[2] && *seven == 7);
    EXPECT(name == &wrapped.table[2].inner[1].name && strcmp(*name, "d2") == 0);
    EXPECT(third == &wrapped.table[3] && third->key == 3);
    EXPECT(value == &flexible.list[2].value && *value == 20);
    return 0;
}
#endif
