/* SPDX-License-Identifier: MIT
 *
 * What follows a typed header is bytes; a pointer in it would be lost.
 * transfer: EAMBIGUOUS p+24 what follows an object's type holds what looks like a pointer
 */
#include "case.h"

struct packet {
    struct packet *next;
    int len;
#ifndef OLD
    int flags;
#endif
} *p;

static struct packet *packet_new(int len)
{
    struct packet *q = malloc(sizeof(struct packet) + (size_t)len);

    memset(q, 0, sizeof(*q) + (size_t)len);
    q->len = len;
    return q;
}

void setup(void)
{
    p = packet_new(41);
    ((struct packet **)(p + 1))[1] = p;
}

#ifndef OLD
int check(void)
{
    KEEP(p);
    return 0;
}
#endif
