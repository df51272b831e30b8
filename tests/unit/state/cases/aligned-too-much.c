/* SPDX-License-Identifier: MIT
 *
 * A type that needs more than pages.
 * transfer: EMISMATCH * leads to a type that is aligned to 32768 bytes
 */
#include "case.h"

struct ring {
    struct ring *next;
    int n;
#ifdef OLD
} *rings;
#else
} __attribute__((aligned(32768))) * rings;
#endif

struct other {
    char room[20000];
} *others[6];

void setup(void)
{
    for (int i = 0; i < 5; i++) {
#ifdef OLD
        struct ring *r = malloc(sizeof(*r));
#else
        struct ring *r = aligned_alloc(32768, sizeof(*r));
#endif
        others[i] = calloc(1, sizeof(*others[i]));
        r->next = rings;
        r->n = i;
        rings = r;
    }
}

#ifndef OLD
int check(void)
{
    return 0;
}
#endif
