/* SPDX-License-Identifier: MIT
 *
 * Cycles, shared objects, arrays of pointers, arrays of structures on the heap, and
 * pointers into the middle of all of them.
 */
#include "case.h"

#ifdef OLD
struct item {
    int key;
    struct item *peer;
};
#else
struct item {
    struct item *peer;
    long extra;
    long key;
};
#endif
struct item *ring, *array, *middle;
#ifdef OLD
int *key_of_third;
#else
long *key_of_third;
#endif
struct item **table;
struct item statics[3];

void setup(void)
{
    array = calloc(10, sizeof(struct item));
    table = malloc(4 * sizeof(*table));
    ring = malloc(sizeof(*ring));
    ring->key = 100;
    ring->peer = ring;
    for (int i = 0; i < 10; i++) {
        array[i].key = i;
        array[i].peer = &array[(i + 1) % 10];
    }
    middle = &array[5];
    key_of_third = &array[3].key;
    table[0] = ring;
    table[1] = &statics[1];
    table[2] = NULL;
    table[3] = &array[9];
    statics[1].peer = &array[2];
    statics[2].key = -1;
    KEEP(statics);
}

#ifndef OLD
int check(void)
{
    EXPECT(ring->key == 100 && ring->peer == ring && ring->extra == 0);
    for (int i = 0; i < 10; i++)
        EXPECT(array[i].key == i && array[i].peer == &array[(i + 1) % 10]);
    EXPECT(middle == &array[5] && key_of_third == &array[3].key);
    EXPECT(table[0] == ring && table[1] == &statics[1] && !table[2] && table[3] == &array[9]);
    EXPECT(statics[1].peer == &array[2] && statics[2].key == -1);
    return 0;
}
#endif
