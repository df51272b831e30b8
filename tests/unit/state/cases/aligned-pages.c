/* SPDX-License-Identifier: MIT
 *
 * Objects at multiples of 1024 bytes, or of pages: because their types say so, or because
 * they were allocated so.  They keep that, also where they grow, shrink, or their type is
 * not known.
 */
#include "case.h"

struct block {
    struct block *next;
    char text[20];
#ifndef OLD
    long added;
#endif
} __attribute__((aligned(1024))) * blocks;
struct page {
    struct page *next;
#ifndef OLD
    long added[4];
#endif
    char text[2000];
} *pages, *filled;
struct frame {
    struct frame *next;
#ifdef OLD
    char room[6000];
#else
    char room[30];
#endif
    int n;
} *frames;
void *ring;

/* Nothing tells the pass what this allocates. */
static void *get(size_t align, size_t n)
{
    static void *volatile last;

    last = aligned_alloc(align, n);
    return last;
}

static void setup_pages(int i)
{
    struct page *p = aligned_alloc(4096, sizeof(*p)), *q;
    struct frame *f = aligned_alloc(4096, sizeof(*f));

    memset(p, 0, sizeof(*p));
    p->text[1999] = (char)i;
    p->next = pages;
    pages = p;
    if (posix_memalign((void **)&q, 2048, sizeof(*q)))
        return;
    memset(q, 0, sizeof(*q));
    q->text[0] = (char)i;
    q->next = filled;
    filled = q;
    memset(f, 0, sizeof(*f));
    f->n = i;
    f->next = frames;
    frames = f;
}

void setup(void)
{
    for (int i = 0; i < 20; i++) {
        struct block *b = aligned_alloc(1024, sizeof(*b));

        memset(b, 0, sizeof(*b));
        b->next = blocks;
        b->text[0] = (char)i;
        blocks = b;
        setup_pages(i);
    }
    ring = get(4096, 100);
    memset(ring, 3, 100);
}

#ifndef OLD
int check(void)
{
    int i = 20;

    for (struct block *b = blocks; b; b = b->next)
        EXPECT((uintptr_t)b % 1024 == 0 && b->text[0] == --i);
    EXPECT(i == 0);
    i = 20;
    for (struct page *p = pages; p; p = p->next)
        EXPECT((uintptr_t)p % 4096 == 0 && p->text[1999] == --i);
    EXPECT(i == 0);
    i = 20;
    for (struct page *p = filled; p; p = p->next)
        EXPECT((uintptr_t)p % 2048 == 0 && p->text[0] == --i);
    EXPECT(i == 0);
    i = 20;
    for (struct frame *f = frames; f; f = f->next)
        EXPECT((uintptr_t)f % 4096 == 0 && f->n == --i);
    EXPECT(i == 0 && (uintptr_t)ring % 4096 == 0 && ((char *)ring)[99] == 3);
    return 0;
}
#endif
