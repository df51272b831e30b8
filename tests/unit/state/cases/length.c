/* SPDX-License-Identifier: MIT
 *
 * LU_LEN: memory of unknown type becomes what a counted pointer says that it is,
 * whoever leads to it first; bytes stay bytes, whatever they look like.
 */
#include "case.h"

#ifdef OLD
typedef int number;
#else
typedef long number;
#endif
struct item {
#ifndef OLD
    long extra;
#endif
    struct item *peer;
    number key;
};
void *alias;         /* reached first */
struct item *middle; /* into the array */
struct table {
    unsigned char n;
    struct item *LU_LEN("n") items;
    int half;
    struct item *LU_LEN("half") same; /* the larger count is meant */
    unsigned len;
    unsigned char *LU_LEN("len") bytes;
    number *LU_LEN("len") numbers;
    void *LU_LEN("len") memory;
    const char *LU_LEN("len") text;
    number *LU_LEN("none") end;
    struct item *LU_LEN("len") null;
    short none : 3;
} t;
number statics[4];

/* Nothing tells the pass what this allocates. */
static void *get(size_t n)
{
    static void *volatile last;

    last = malloc(n);
    return last;
}

void setup(void)
{
    t.n = 3;
    t.half = 2;
    t.items = t.same = get(5 * sizeof(struct item));
    alias = t.items;
    middle = &t.items[1];
    for (int i = 0; i < 5; i++) {
        t.items[i].peer = i < 3 ? &t.items[(i + 1) % 3] : NULL;
        t.items[i].key = 10 + i;
    }
    t.len = 4;
    t.bytes = get(64);
    memset(t.bytes, 0, 64);
    for (int i = 0; i < 4; i++)
        t.bytes[i] = (unsigned char)((uintptr_t)&t >> 8 * i);
    t.numbers = get(4 * sizeof(number));
    for (int i = 0; i < 4; i++)
        t.numbers[i] = -i;
    t.memory = &statics[3];
    t.text = "text";
    t.end = statics + 4;
    KEEP(statics);
}

#ifndef OLD
int check(void)
{
    struct item *items = t.items;

    EXPECT(t.n == 3 && t.half == 2 && t.len == 4);
    EXPECT(t.same == items && alias == items && middle == &items[1]);
    for (int i = 0; i < 3; i++)
        EXPECT(items[i].peer == &items[(i + 1) % 3] && items[i].key == 10 + i && !items[i].extra);
    EXPECT(((int *)&items[3])[2] == 13); /* what is not counted stays as it was */
    for (int i = 0; i < 4; i++)
        EXPECT(t.numbers[i] == -i);
    EXPECT(t.bytes[0] || t.bytes[1] || t.bytes[2]);
    EXPECT(t.memory == &statics[3] && strcmp(t.text, "text") == 0);
    EXPECT(t.end == statics + 4 && !t.null);
    return 0;
}
#endif
