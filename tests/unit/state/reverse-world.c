/* SPDX-License-Identifier: MIT
 *
 * Two versions of a program with one of everything that a transfer converts; the new
 * one can spoil what the transfer made, in ways that the types allow.
 */
#include "case.h"
#include "corruption.h"

#include <lu/types.h>

#ifdef OLD
typedef int number;
enum mood { CALM, MERRY, SAD };
enum level { LOW = 1, HIGH };
#else
typedef long number;
enum mood { SAD, CALM, ANGRY, MERRY };
enum level { HIGH, LOW };
#endif

struct item {
#ifndef OLD
    long added;
#endif
    struct item *next;
    number key;
    enum mood mood;
    char name[8];
};

struct value {
    int kind;
    union {
        number number;
        struct item *item;
    } u LU_TAG("kind");
};

static const struct entry {
    int key;
} entries[] = {
    {1},
#ifndef OLD
    {5},
#endif
    {2},
    {3},
};

/* What starts it now did not before: an address says less. */
struct {
#ifdef OLD
    int before;
#endif
    struct {
        int a, b;
    } part;
#ifndef OLD
    int before;
#endif
} box;

struct {
#ifndef OLD
    char padding;
    struct item *spare;
#endif
    struct item *list, *middle, *end;
    number *key;
    struct value values[2];
    const char *text;
    int (*function)(const char *);
    PXFER(long) address;
    unsigned small : 5;
    number numbers[3];
    unsigned char bytes[300]; /* as it was */
    void *untyped;
    double real;
    int n;
    struct item *LU_LEN("n") items;
    NOXFER int cache;
    PXFER(long) inner;
    const struct entry *entry;
    enum level level; /* never set */
} w;
struct item statics[3];
number lone;

static int count(const char *s)
{
    return (int)strlen(s);
}

/* Nothing tells the pass what this allocates. */
static void *get(size_t n)
{
    static void *volatile last;

    last = calloc(1, n);
    return last;
}

#ifdef OLD
static struct item *item_new(struct item *next, int key)
{
    struct item *i = malloc(sizeof(*i));

    *i = (struct item){.next = next, .key = key, .mood = key % 2 ? MERRY : SAD, .name = "item"};
    return i;
}

void setup(void)
{
    for (int i = 0; i < 4; i++)
        w.list = item_new(w.list, i);
    w.middle = w.list->next;
    w.end = statics + 3;
    w.key = &w.list->next->next->key;
    w.values[0] = (struct value){.kind = 0, .u.number = 12};
    w.values[1] = (struct value){.kind = 1, .u.item = &statics[1]};
    w.text = "a text of this version";
    w.function = count;
    w.address = (long)(uintptr_t)&statics[2];
    w.small = 21;
    w.numbers[1] = -3;
    memset(w.bytes, 'b', sizeof(w.bytes));
    w.untyped = get(100);
    memset(w.untyped, 'u', 100);
    w.real = 1.5;
    w.n = 2;
    w.items = get(3 * sizeof(struct item));
    w.items[1] = (struct item){.next = w.list, .key = 8, .mood = MERRY};
    statics[1].next = statics;
    lone = 77;
    w.inner = (long)(uintptr_t)&box.part;
    w.entry = &entries[1];
}
#else
void setup(void)
{
    w.list = malloc(sizeof(*w.list));
    w.untyped = get(1);
    KEEP(count);
    KEEP(statics);
    KEEP(lone);
    KEEP(box);
    w.entry = entries;
}

#define SPOIL(name, statement)                                                                     \
    static void name(void)                                                                         \
    {                                                                                              \
        statement;                                                                                 \
    }

SPOIL(nothing, (void)0)
SPOIL(only_new, w.spare = w.list; w.list->added = 5; w.cache = 9; w.padding = 1)
SPOIL(number_wide, lone = 1l << 40)
SPOIL(number_other, lone = -78)
SPOIL(in_list, w.list->next->next->key++)
SPOIL(shorter, w.list->next->next->next = NULL)
SPOIL(other_order, w.list = w.list->next)
SPOIL(joined, w.list->next->next->next->next = w.list)
SPOIL(inside, w.key = &w.list->next->key)
SPOIL(past, w.end--)
SPOIL(tag, w.values[0].kind = 1; w.values[0].u.item = NULL)
SPOIL(variant, w.values[0].u.number = 13)
SPOIL(variant_pointer, w.values[1].u.item = w.list)
SPOIL(text, w.text++)
SPOIL(function, w.function = NULL)
SPOIL(address, w.address -= sizeof(struct item))
SPOIL(bits, w.small ^= 1)
SPOIL(mood, w.list->mood = ANGRY)
SPOIL(name, w.middle->name[2] = 'E')
SPOIL(element, w.numbers[1] = 4)
SPOIL(bytes, w.bytes[299] = 'c')
SPOIL(untyped, ((char *)w.untyped)[50] = 'U')
SPOIL(real, w.real = 2.25)
SPOIL(counted, w.items[1].key = 9)
SPOIL(counted_pointer, w.items[1].next = w.list->next)
SPOIL(fewer, w.n = 1)
SPOIL(in_part, w.inner += sizeof(int))
SPOIL(behind_part, w.inner += sizeof(box.part))
SPOIL(other_entry, w.entry++)
SPOIL(new_entry, w.entry--)
SPOIL(level, w.level = LOW)

const struct corruption corruptions[] = {
    {nothing, 0, "", ""},
    {only_new, 0, "", ""},
    {number_wide, -LU_ELOSS, "lone", "is 77, and would come back as 0"},
    {number_other, -LU_ELOSS, "lone", "is 77, and would come back as -78"},
    {in_list, -LU_ELOSS, "w.key->key", "is 1, and would come back as 2"},
    {shorter, -LU_ELOSS, "w.key->next", "and would come back leading to nothing"},
    {other_order, -LU_ELOSS, "w.middle", "and would come back leading to 0x"},
    {joined, -LU_ELOSS, "w.key->next->next", "leads to nothing, and would come back leading to 0x"},
    {inside, -LU_ELOSS, "w.key", "and would come back leading to 0x"},
    {past, -LU_ELOSS, "w.end", "and would come back leading to statics[2]"},
    {tag, -LU_ELOSS, "w.values[0].kind", "is 0, and would come back as 1"},
    {variant, -LU_ELOSS, "w.values[0].u.number", "is 12, and would come back as 13"},
    {variant_pointer, -LU_ELOSS, "w.values[1].u.number", "leads to statics[1].next, and would"},
    {text, -LU_ELOSS, "w.text", "leads to literal at "},
    {function, -LU_ELOSS, "w.function", "leads to count(), and would come back leading to nothing"},
    {address, -LU_ELOSS, "w.address", "leads to statics[2].next, and would come back"},
    {bits, -LU_ELOSS, "w.small", "is 21, and would come back as 20"},
    {mood, -LU_ELOSS, "w.list->mood", "is MERRY, and would come back as CALM"},
    {name, -LU_ELOSS, "w.middle->name[2]", "is 0x65, and would come back as 0x45"},
    {element, -LU_ELOSS, "w.numbers[1]", "is -3, and would come back as 4"},
    {bytes, -LU_ELOSS, "w.bytes[299]", "is 0x62, and would come back as 0x63"},
    {untyped, -LU_ELOSS, "w.untyped+50", "holds the byte 0x75, and would come back with 0x55"},
    {real, -LU_ELOSS, "w.real", "is 1.5, and would come back as 2.25"},
    {counted, -LU_ELOSS, "w.items[1].key", "is 8, and would come back as 9"},
    {counted_pointer, -LU_ELOSS, "w.items[1].next", "and would come back leading to 0x"},
    {fewer, -LU_ELOSS, "w.n", "is 2, and would come back as 1"},
    {in_part, -LU_ELOSS, "w.inner",
     "leads to box.part.a, and would come back leading to box.part.b"},
    {behind_part, -LU_ELOSS, "w.inner", "to box.part.a, and would come back leading to box"},
    {other_entry, -LU_ELOSS, "w.entry", "would come back leading to reverse-world.c:entries[2]"},
    {new_entry, -LU_ELOSS, "w.entry", "and would come back leading to nothing"},
    {level, -LU_ELOSS, "w.level", "is 0, and would come back as LOW"},
    {0},
};

int check(void)
{
    KEEP(corruptions);
    return 0;
}
#endif
