/* SPDX-License-Identifier: MIT
 *
 * Nested and anonymous structures, packed and aligned ones, several dimensions.
 */
#include "case.h"

#ifdef OLD
struct in {
    char tag;
    struct {
        int a, b;
    };
    struct {
        short deep[2][3];
    } named;
};
struct __attribute__((packed)) pack {
    char c;
    int i;
    struct in in;
};
#else
struct in {
    struct {
        struct {
            short deep[3][4];
        } named;
        long b;
    };
    char tag;
    int a;
};
struct pack {
    int i;
    struct in in;
    char c;
} __attribute__((aligned(64)));
#endif
struct pack packs[2][2], *heap;

void setup(void)
{
    struct pack *p = &packs[1][0];

    p->c = 'c';
    p->i = -1;
    p->in.tag = 't';
    p->in.a = 1;
    p->in.b = 2;
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 3; k++)
            p->in.named.deep[i][k] = (short)(10 * i + k);
#ifdef OLD
    heap = malloc(3 * sizeof(*heap));
#else
    heap = aligned_alloc(64, 3 * sizeof(*heap));
#endif
    memset(heap, 0, 3 * sizeof(*heap));
    heap[2] = *p;
}

#ifndef OLD
static int check_pack(const struct pack *p)
{
    EXPECT((uintptr_t)p % 64 == 0);
    EXPECT(p->c == 'c' && p->i == -1 && p->in.tag == 't' && p->in.a == 1 && p->in.b == 2);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 4; k++)
            EXPECT(p->in.named.deep[i][k] == (i < 2 && k < 3 ? 10 * i + k : 0));
    return 0;
}

int check(void)
{
    EXPECT(heap[1].i == 0);
    EXPECT(check_pack(&packs[1][0]) == 0);
    EXPECT(check_pack(&heap[2]) == 0);
    return 0;
}
#endif
