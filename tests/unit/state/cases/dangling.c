/* SPDX-License-Identifier: MIT
 *
 * A pointer to freed memory.
 * transfer: ETARGET s.next->cache leads to freed memory
 */
#include "case.h"

struct s {
    struct s *next;
    int *cache;
} s;

void setup(void)
{
    int *keep = malloc(40);

    s.next = calloc(1, sizeof(s));
    s.next->cache = malloc(40);
    KEEP(*keep);
    free(s.next->cache);
}

#ifndef OLD
int check(void)
{
    KEEP(s);
    return 0;
}
#endif
