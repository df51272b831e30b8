/* SPDX-License-Identifier: MIT
 *
 * An array of one at the end of a structure that goes on, as before C99: all of its
 * elements are converted, the pointers in them followed.
 */
#include "case.h"

struct item {
#ifndef OLD
    long added;
#endif
    int value;
};

struct vec {
    unsigned n;
#ifndef OLD
    long added;
#endif
    struct item *items[1];
} *vec;

static struct vec *vec_new(unsigned n)
{
    struct vec *v = malloc(sizeof(struct vec) + (n - 1) * sizeof(struct item *));

    v->n = n;
    return v;
}

void setup(void)
{
    vec = vec_new(5);
    for (unsigned i = 0; i < 5; i++) {
        vec->items[i] = malloc(sizeof(struct item));
        vec->items[i]->value = (int)i * 10;
    }
}

#ifndef OLD
int check(void)
{
    EXPECT(vec->n == 5 && vec->added == 0);
    for (unsigned i = 0; i < 5; i++)
        EXPECT(vec->items[i]->value == (int)i * 10 && vec->items[i]->added == 0);
    return 0;
}
#endif
