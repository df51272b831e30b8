/* SPDX-License-Identifier: MIT
 *
 * Structures with a flexible array, and a header with bytes behind it.
 */
#include "case.h"

struct vec {
    int n;
#ifndef OLD
    long capacity;
#endif
    struct {
#ifdef OLD
        short x;
#else
        int y, x;
#endif
    } e[];
} *v;
struct packet {
    struct packet *next;
    char *payload;
#ifndef OLD
    int flags;
#endif
    unsigned len;
} *p;

static struct packet *packet_new(unsigned len)
{
    struct packet *q = malloc(sizeof(struct packet) + len);

    memset(q, 0, sizeof(*q));
    q->payload = (char *)(q + 1);
    q->len = len;
    return q;
}

void setup(void)
{
    v = calloc(1, sizeof(*v) + 5 * sizeof(v->e[0]));
    v->n = 5;
    for (int i = 0; i < 5; i++)
        v->e[i].x = (short)(i * i);
    p = packet_new(100);
    memset(p->payload, 'p', 100);
    p->payload += 20;
    p->next = packet_new(10);
}

#ifndef OLD
int check(void)
{
    EXPECT(v->n == 5 && v->capacity == 0);
    for (int i = 0; i < 5; i++)
        EXPECT(v->e[i].x == i * i && v->e[i].y == 0);
    EXPECT(p->len == 100 && p->payload == (char *)(p + 1) + 20);
    EXPECT(p->payload[-20] == 'p' && p->payload[79] == 'p');
    EXPECT(p->next->len == 10 && p->next->payload == (char *)(p->next + 1));
    return 0;
}
#endif
