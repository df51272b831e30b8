/* SPDX-License-Identifier: MIT
 *
 * Neighbours in the heap that asked for different sizes of one class: the pages say
 * only how far apart they are, which is not where one of them ends.
 */
#include "case.h"

#define N 8

struct buf {
    struct buf *next; /* the neighbour, most of the time */
    char *payload;    /* in the buffer itself */
#ifndef OLD
    long stamp;
#endif
    unsigned len;
};

struct buf *chain;
char *texts[N];

void setup(void)
{
    struct buf **end = &chain;

    for (unsigned i = 0; i < N; i++) {
        unsigned len = 73 + i;
        struct buf *b = malloc(sizeof(*b) + len);

        *b = (struct buf){.payload = (char *)(b + 1), .len = len};
        memset(b->payload, (int)('a' + i), len);
        *end = b;
        end = &b->next;
        texts[i] = malloc(65 + i);
        memset(texts[i], (int)('A' + i), 65 + i);
    }
}

#ifndef OLD
int check(void)
{
    struct buf *b = chain;

    for (unsigned i = 0; i < N; i++, b = b->next) {
        EXPECT(b && b->len == 73 + i && b->payload == (char *)(b + 1) && b->stamp == 0);
        EXPECT(b->payload[0] == (char)('a' + i) && b->payload[b->len - 1] == (char)('a' + i));
        EXPECT(texts[i][0] == (char)('A' + i) && texts[i][64 + i] == (char)('A' + i));
    }
    EXPECT(!b);
    return 0;
}
#endif
