/* SPDX-License-Identifier: MIT
 *
 * What follows a typed header is bytes, and goes along as it is, whatever it looks like.
 */
#include "case.h"

#define LOOKS_LIKE_A_POINTER 0x10000000ul /* the heap's start */

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
    ((uint64_t *)(p + 1))[1] = LOOKS_LIKE_A_POINTER;
    ((char *)(p + 1))[40] = 'x';
}

#ifndef OLD
int check(void)
{
    EXPECT(p->len == 41 && p->flags == 0 && ((uint64_t *)(p + 1))[1] == LOOKS_LIKE_A_POINTER);
    EXPECT(((char *)(p + 1))[40] == 'x');
    return 0;
}
#endif
