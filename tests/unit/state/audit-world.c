/* SPDX-License-Identifier: MIT
 *
 * A component's state with one of everything that the audit looks at, and the ways
 * in which it may be wrong.
 */
#include "corruption.h"
#include "case.h"

#include <lu/heap.h>

enum mood { CALM, MERRY, SAD, ANGRY, ABSENT }; /* one of them */
enum access { READ = 1, WRITE = 2, RUN = 4 };  /* bits to combine */
enum kind { NUMBER, PEER, MOOD, NOTHING };

struct item {
    struct item *next;
    long key;
    enum mood mood;
};

struct other {
    double weight;
    struct item *item;
};

struct value {
    enum kind kind;
    union {
        long number LU_TAG("kind=NUMBER");
        struct item *peer LU_TAG("kind=PEER");
        enum mood mood LU_TAG("kind=MOOD");
    } u LU_TAG("kind");
};

/* Only the members say when they are in use. */
struct loose {
    union {
        struct item *peer LU_TAG("sort=7");
        char bytes[16] LU_TAG("sort=8");
    } u;
    unsigned short sort;
};

struct nested {
    long number;
    struct {
        unsigned char kind;
        union {
            long number;
            struct item *peer;
        } u LU_TAG("kind");
    };
};

struct vec {
    unsigned n;
    struct {
        struct item *item;
        bool set;
    } e[];
};

struct counted_vec {
    unsigned n;
    bool set[] LU_LEN("n");
};

struct packet {
    struct packet *next;
    char *payload;
    unsigned len;
};

union raw {
    void *pointer;
    enum mood mood;
};

struct {
    struct item *item, *list, *end;
    struct other *other;
    struct item **table;
    int (*function)(const char *);
    const char *text;
    void *device;
    PXFER(uintptr_t) address, number;
    PXFER(uint32_t) small[2];
    SXFER void *cookie;
    union IXFER(raw) raw;
    union {
        struct item *item;
        struct other *other;
    } either;
    enum mood mood;
    enum access access;
    bool flag;
    enum mood narrow : 4;
    enum access bits : 5;
    struct value values[2];
    struct nested nested;
    struct loose loose;
    int n;
    struct item *LU_LEN("n") items; /* of an untyped site */
    unsigned char size;
    unsigned char *LU_LEN("size") bytes;
    unsigned char device_size;
    void *LU_LEN("device_size") buffer;
    struct vec *vec;
    struct counted_vec *counted;
    struct packet *packet;
    char *large;
    long plain;
} w;
long numbers[4];
static struct item hidden;
static uintptr_t freed;

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

static struct item *item_new(long key)
{
    struct item *i = malloc(sizeof(*i));

    *i = (struct item){.key = key, .mood = MERRY};
    return i;
}

static void setup_numbers(void)
{
    w.address = (uintptr_t)&numbers[3];
    w.number = 17;
    w.small[1] = (uint32_t)(uintptr_t)&hidden;
    w.cookie = (void *)0x1234567;
    w.raw.pointer = (void *)0x7654321;
    w.mood = ABSENT;
    w.access = READ | RUN;
    w.flag = true;
    w.narrow = ABSENT;
    w.bits = WRITE | RUN;
}

static void setup_counted(void)
{
    w.n = 3;
    w.items = get(4 * sizeof(struct item));
    w.items[2].next = w.list;
    w.items[3].mood = 99; /* not counted */
    w.size = 8;
    w.bytes = (unsigned char *)numbers;
    w.device_size = 100;
    w.buffer = (void *)LU_VA_DMA;
    w.vec = calloc(1, sizeof(*w.vec) + 4 * sizeof(w.vec->e[0]));
    w.vec->e[3].item = w.item;
    w.counted = malloc(sizeof(*w.counted) + 9);
    memset(w.counted, 0xff, sizeof(*w.counted) + 9);
    w.counted->n = 3;
    memset(w.counted->set, 1, 3);
}

void setup(void)
{
    struct item *gone = item_new(0);

    w.item = item_new(1);
    w.list = item_new(2);
    w.list->next = item_new(3);
    w.list->next->next = &hidden;
    w.other = calloc(1, sizeof(*w.other));
    w.other->item = w.list->next;
    w.table = calloc(4, sizeof(*w.table));
    w.table[3] = w.item;
    w.end = &hidden + 1;
    w.function = count;
    w.text = &"text"[1];
    w.device = (void *)(LU_VA_DMA + 0x10);
    w.either.other = w.other;
    w.values[1].kind = PEER;
    w.values[1].u.peer = w.list;
    w.loose.sort = 8;
    memset(w.loose.u.bytes, 5, sizeof(w.loose.u.bytes));
    w.nested.kind = 1;
    w.nested.u.peer = w.item;
    w.packet = malloc(sizeof(*w.packet) + 20);
    *w.packet = (struct packet){.payload = (char *)(w.packet + 1) + 4, .len = 16};
    w.large = malloc(100000);
    setup_numbers();
    setup_counted();
    KEEP(numbers);
    freed = (uintptr_t)gone;
    free(gone);
}

#define BAD(name, statement)                                                                       \
    static void name(void)                                                                         \
    {                                                                                              \
        statement;                                                                                 \
    }

BAD(good, (void)0)
BAD(freed_object, w.item = (void *)freed)
BAD(unused_heap, w.item = (void *)(LU_VA_HEAP + 0x3000000))
BAD(no_object, w.item = (void *)(LU_VA_IMAGE_END - 8))
BAD(stack, w.cookie = NULL; w.list->next->next = (void *)(LU_VA_STACK_TOP - 64))
BAD(other_variable, w.item = (void *)&numbers[1])
BAD(other_object, w.item = (void *)w.other)
BAD(other_offset, w.item = (void *)&w.item->key)
BAD(behind, w.packet->payload = (char *)(w.packet + 1) + 21)
BAD(in_table, w.table[2] = (void *)w.table)
BAD(no_function, w.function = (void *)(uintptr_t)((uintptr_t)count + 1))
BAD(a_function, w.item = (void *)(uintptr_t)count)
BAD(in_static, hidden.next = (void *)1)
BAD(address_nowhere, w.address = LU_VA_IMAGE_END - 64)
BAD(small_nowhere, w.small[1] = 0x30000000)
BAD(neither, w.either.item = (void *)&numbers[1])
BAD(mood_wild, w.mood = 77)
BAD(mood_combined, w.mood = SAD | ANGRY | 4)
BAD(mood_in_heap, w.list->next->mood = -1)
BAD(access_all, w.access = READ | WRITE | RUN)
BAD(access_wild, w.access = 8 | READ)
BAD(flag_wild, *(unsigned char *)&w.flag = 2)
BAD(narrow_wild, w.narrow = 7)
BAD(bits_wild, w.bits = 8)
BAD(tag_nothing, w.values[1].kind = NOTHING)
BAD(tag_wrong, w.values[0].kind = PEER; w.values[0].u.number = 5)
BAD(tag_loose, w.loose.sort = 7)
BAD(tag_loose_nothing, w.loose.sort = 9)
BAD(tag_mood, w.values[0].kind = MOOD; w.values[0].u.mood = 9)
BAD(tag_outside, w.nested.u.peer = (void *)&w.nested)
BAD(tag_outside_nothing, w.nested.kind = 2)
BAD(too_many, w.n = 5)
BAD(negative, w.n = -1)
BAD(counted_mood, w.items[2].mood = 6)
BAD(counted_next, w.items[1].next = (void *)&numbers[1])
BAD(bytes_many, w.size = 33)
BAD(device_many, w.buffer = (void *)(LU_VA_DMA + 0x10000 - 99))
BAD(flexible_item, w.vec->e[2].item = (void *)w.vec)
BAD(flexible_flag, *(unsigned char *)&w.vec->e[1].set = 3)
BAD(flexible_many, w.counted->n = 10)
BAD(flexible_counted, w.counted->n = 4)
BAD(heap_units, ((struct lu_heap *)LU_VA_HEAPMETA)->n_units = ~0u)

/* What names the second unit of a large object, and the span that it names. */
static uint32_t *tail_unit(void)
{
    const struct lu_heap *heap = (const void *)LU_VA_HEAPMETA;

    return (uint32_t *)heap->units + ((uintptr_t)w.large - LU_VA_HEAP) / LU_HEAP_UNIT + 1;
}

static struct lu_heap_span *large_span(void)
{
    const struct lu_heap *heap = (const void *)LU_VA_HEAPMETA;

    return (struct lu_heap_span *)heap->spans + *tail_unit();
}

BAD(heap_hole, *tail_unit() = 0)
BAD(heap_far, *tail_unit() = tail_unit()[-1] - 1)
BAD(heap_span, *tail_unit() = ~0u)
BAD(heap_site, large_span()->site = 0x1234)
BAD(heap_size, large_span()->n_units = ~0u)
BAD(heap_stride, large_span()->stride = 8)

#define HEAP "heap(*)@0x*"

const struct corruption corruptions[] = {
    {good, 0, "", ""},
    {freed_object, -LU_ETARGET, "w.item", "points to freed or unused heap memory"},
    {unused_heap, -LU_ETARGET, "w.item", "points to freed or unused heap memory"},
    {no_object, -LU_ETARGET, "w.item", "points to no object of this version"},
    {stack, -LU_ETARGET, HEAP ".next", "points to no object of this version"},
    {other_variable, -LU_EMISMATCH, "w.item", "points to a variable of another type"},
    {other_object, -LU_EMISMATCH, "w.item", "points to a heap object of another type"},
    {other_offset, -LU_EMISMATCH, "w.item", "points to a heap object of another type"},
    {behind, -LU_ETARGET, HEAP ".payload", "points behind a heap object"},
    {in_table, -LU_EMISMATCH, HEAP "[[]2]", "points to a heap object of another type"},
    {no_function, -LU_ETARGET, "w.function", "points to no function of this version"},
    {a_function, -LU_EMISMATCH, "w.item", "points to a function"},
    {in_static, -LU_ETARGET, "audit-world.c:hidden.next", "points to no object of this version"},
    {address_nowhere, -LU_ETARGET, "w.address", "points to no object of this version"},
    {small_nowhere, -LU_ETARGET, "w.small[[]1]", "points to freed or unused heap memory"},
    {neither, -LU_EMISMATCH, "w.either.item", "points to a variable of another type"},
    {mood_wild, -LU_ERANGE, "w.mood", "0x4d is no enumerator"},
    {mood_combined, -LU_ERANGE, "w.mood", "0x7 is no enumerator"},
    {mood_in_heap, -LU_ERANGE, HEAP ".mood", "0xffffffff is no enumerator"},
    {access_all, 0, "", ""},
    {access_wild, -LU_ERANGE, "w.access", "0x9 is no enumerator"},
    {flag_wild, -LU_ERANGE, "w.flag", "0x2 is no boolean"},
    {narrow_wild, -LU_ERANGE, "w.narrow", "0x7 is no enumerator"},
    {bits_wild, -LU_ERANGE, "w.bits", "0x8 is no enumerator"},
    {tag_nothing, -LU_ERANGE, "w.values[[]1].u.*", "0x3 as tag selects no member"},
    {tag_wrong, -LU_ETARGET, "w.values[[]0].u.*", "0x5 points to no object of this version"},
    {tag_loose, -LU_ETARGET, "w.loose.u.*", "0x505050505050505 points to no object"},
    {tag_loose_nothing, -LU_ERANGE, "w.loose.u.*", "0x9 as tag selects no member"},
    {tag_mood, -LU_ERANGE, "w.values[[]0].u.*", "0x9 is no enumerator"},
    {tag_outside, -LU_EMISMATCH, "w.nested.u.*", "points to a variable of another type"},
    {tag_outside_nothing, -LU_ERANGE, "w.nested.u.*", "0x2 as tag selects no member"},
    {too_many, -LU_ERANGE, "w.items", "has 5 elements of 24 bytes, says LU_LEN, but 96 bytes"},
    {negative, -LU_ERANGE, "w.items", "has -1 elements"},
    {counted_mood, -LU_ERANGE, HEAP "[[]2].mood", "0x6 is no enumerator"},
    {counted_next, -LU_EMISMATCH, HEAP "[[]1].next", "points to a variable of another type"},
    {bytes_many, -LU_ERANGE, "w.bytes", "has 33 elements of 1 bytes, says LU_LEN, but 32 bytes"},
    {device_many, -LU_ERANGE, "w.buffer", "has 100 elements of 1 bytes, says LU_LEN, but 99"},
    {flexible_item, -LU_EMISMATCH, HEAP ".e[[]2].item", "points to a heap object of another type"},
    {flexible_flag, -LU_ERANGE, HEAP ".e[[]1].set", "0x3 is no boolean"},
    {flexible_many, -LU_ERANGE, HEAP ".set*", "has 10 elements of 1 bytes, says LU_LEN"},
    {flexible_counted, -LU_ERANGE, HEAP ".set[[]3]", "0xff is no boolean"},
    {heap_units, -LU_EFORMAT, "", "more units than the window has"},
    {heap_hole, -LU_EFORMAT, "", "a unit is not its span's"},
    {heap_far, -LU_EFORMAT, "", "a unit is not its span's"},
    {heap_span, -LU_EFORMAT, "", "a unit is not its span's"},
    {heap_site, -LU_EFORMAT, "", "an allocation site that is not described"},
    {heap_size, -LU_EFORMAT, "", "a unit's span lies elsewhere"},
    {heap_stride, -LU_EFORMAT, "", "heap tables are corrupt: span"},
    {0},
};

/* The linker drops what nobody refers to. */
int check(void)
{
    KEEP(corruptions);
    return 0;
}
