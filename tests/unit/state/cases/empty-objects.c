/* SPDX-License-Identifier: MIT
 *
 * Empty objects have addresses: structures without members, arrays of no elements, and
 * what malloc(0) gives.
 */
#include "case.h"

struct empty {
};
struct empty nothing, *where = &nothing;
int after = 5;
void *zero;
struct vec {
    int n;
    long e[];
} *v;
#ifndef OLD
int more;
#endif

void setup(void)
{
    after = 6;
    where = &nothing;
    zero = malloc(0);
    v = calloc(1, sizeof(*v));
}

#ifndef OLD
int check(void)
{
    EXPECT(where == &nothing && after == 6 && zero && v && v->n == 0);
    return 0;
}
#endif
