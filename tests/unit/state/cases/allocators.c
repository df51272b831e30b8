/* SPDX-License-Identifier: MIT
 *
 * Every way to allocate gives an object its type; over-aligned ones stay aligned.
 */
#include "case.h"

struct item {
#ifndef OLD
    long stamp;
#endif
    int value;
    struct item *next;
};

struct page {
    _Alignas(1024) char name[100];
#ifndef OLD
    int state;
#endif
    struct item *first;
};

struct item *made, *cleared, *grown, *aligned, *array;
struct page *pages[20];
char *text;

static void item_set(struct item *i, int value, struct item *next)
{
    i->value = value;
    i->next = next;
}

void setup(void)
{
    void *p = NULL;

    made = malloc(sizeof(*made));
    item_set(made, 1, NULL);
    cleared = calloc(1, sizeof(*cleared));
    item_set(cleared, 2, made);
    grown = realloc(NULL, sizeof(*grown));
    grown = realloc(grown, 3 * sizeof(*grown));
    for (int i = 0; i < 3; i++)
        item_set(&grown[i], 30 + i, &grown[(i + 1) % 3]);
    if (posix_memalign(&p, 64, sizeof(*aligned)) == 0) {
        aligned = p;
        item_set(aligned, 4, cleared);
    }
    array = reallocarray(NULL, 5, sizeof(*array));
    for (int i = 0; i < 5; i++)
        item_set(&array[i], 50 + i, grown);
    for (int i = 0; i < 20; i++) {
        pages[i] = aligned_alloc(1024, sizeof(struct page));
        memset(pages[i], 0, sizeof(struct page));
        pages[i]->name[0] = (char)('a' + i);
        pages[i]->first = &array[i % 5];
    }
    text = strdup("text");
}

#ifndef OLD
int check(void)
{
    EXPECT(made->value == 1 && !made->next && made->stamp == 0);
    EXPECT(cleared->value == 2 && cleared->next == made);
    for (int i = 0; i < 3; i++)
        EXPECT(grown[i].value == 30 + i && grown[i].next == &grown[(i + 1) % 3]);
    EXPECT(aligned->value == 4 && aligned->next == cleared);
    for (int i = 0; i < 5; i++)
        EXPECT(array[i].value == 50 + i && array[i].next == grown && array[i].stamp == 0);
    for (int i = 0; i < 20; i++) {
        EXPECT((uintptr_t)pages[i] % 1024 == 0 && pages[i]->name[0] == 'a' + i);
        EXPECT(pages[i]->state == 0 && pages[i]->first == &array[i % 5]);
    }
    EXPECT(strcmp(text, "text") == 0);
    return 0;
}
#endif
