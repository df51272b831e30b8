/* SPDX-License-Identifier: MIT
 *
 * What annotations say: not transferred, plain data, pointer in an integer.
 * rule: skip stats
 * rule: copy raw
 */
#include "case.h"

struct s {
#ifndef OLD
    int first;
#endif
    NOXFER int scratch;
    SXFER void *cookie;
    PXFER(uintptr_t) addr, small;
} s = {.scratch = 5};
int target[4];
long stats = 1;
union {
    void *p;
    long n;
} raw;
struct local {
    NOXFER int lock;
    int value;
} *l;
int *lock;

void setup(void)
{
    s.scratch = 6;
    s.cookie = (void *)0x1234;
    s.addr = (uintptr_t)&target[3];
    s.small = 77;
    stats = 2;
    raw.n = (long)(uintptr_t)&target[1];
    l = malloc(sizeof(*l));
    l->lock = 1;
    l->value = 2;
    lock = &l->lock;
}

#ifndef OLD
int check(void)
{
    EXPECT(s.scratch == 5 && s.cookie == (void *)0x1234);
    EXPECT(s.addr == (uintptr_t)&target[3] && s.small == 77);
    EXPECT(stats == 1 && raw.n != 0);
    EXPECT(l->lock == 0 && l->value == 2 && lock == &l->lock);
    return 0;
}
#endif
