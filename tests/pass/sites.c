/* SPDX-License-Identifier: MIT
 *
 * Allocation sites: the type of what receives the result, through variables,
 * members, parameters, results and wrappers, at every optimisation level.
 *
 * RUN: for o in 0 1 2 3 s; do %lucc --hosted -O$o -I%abi --alloc-wrapper=pool_get,pool_zeroed:1*0 --alloc-wrapper=pool_take,out_get:0@1 -c %s -o %t-$o.o; done
 * RUN: for f in sites-check heap-stub; do %lucc --hosted --no-instrument -fno-builtin -I%abi -c %S/inputs/$f.c -o %t-$f.o; done
 * RUN: for o in 0 1 2 3 s; do %lucc --hosted --alloc-wrapper=pool_get,pool_zeroed,pool_take,out_get -I%abi -O$o -c %S/inputs/sites-pools.c -o %t-p$o.o; %lucc --hosted --component sites -o %t-$o.elf %t-$o.o %t-p$o.o %t-sites-check.o %t-heap-stub.o; %t-$o.elf; done
 * RUN: %FileCheck %s <%t-2.sites
 * RUN: %lu-desc dump %t-2.elf | %FileCheck --check-prefix=OPEN %s
 * RUN: grep 'untyped: ' %t-2.sites | %FileCheck --check-prefix=UNTYPED %s
 *
 * CHECK: sites-pools.c:{{[0-9]+}}: pool_get: malloc: typed by the callers of 'pool_get'
 * CHECK: sites.c:{{[0-9]+}}: item_new: malloc: struct item{{$}}
 * CHECK: sites.c:{{[0-9]+}}: header_tail: malloc: struct header tail{{$}}
 * CHECK: sites.c:{{[0-9]+}}: variables: malloc: int[4] array{{$}}
 * CHECK: sites.c:{{[0-9]+}}: members: strdup: char array{{$}}
 * CHECK: {{[0-9]+}} allocation sites, 11 untyped; 5 pointers to allocators
 *
 * OPEN: struct old_style size 16 align 8
 * OPEN-NEXT: +0 next: struct item *
 * OPEN-NEXT: +8 key: char[]{{$}}
 *
 * UNTYPED: sites-pools.c:[[#]]: allocator: counted_get: untyped: its address is taken
 * UNTYPED: sites.c:{{[0-9]+}}: members: malloc: untyped: only 'void *' receives the result
 * UNTYPED-NEXT: sites.c:{{[0-9]+}}: calls: pool_get: untyped: only 'void *' receives the result
 * UNTYPED-NEXT: sites.c:[[#MEMBER:]]: untyped_member: malloc: untyped: only 'void *' receives the result
 * UNTYPED-NEXT: sites.c:[[#MEMBER+5]]: too_small: malloc: untyped: 'struct item' (16 bytes) does not fit an allocation of 12 bytes
 * UNTYPED-NEXT: sites.c:{{[0-9]+}}: unclear: malloc: untyped: 'struct item' (16 bytes) does not fit an allocation of 0 + n * 1 bytes
 * UNTYPED-NEXT: sites.c:{{[0-9]+}}: ambiguous: malloc: untyped: more than one structure of 56 bytes extends 'struct item'
 * UNTYPED-NEXT: sites.c:{{[0-9]+}}: several: malloc: untyped: both 'struct item' and 'struct header' receive the result
 * UNTYPED-NEXT: sites.c:{{[0-9]+}}: array_or_more: malloc: untyped: 'struct twice' of 32 bytes extends 'struct item', of which an array would be as large
 * UNTYPED-NEXT: sites.c:{{[0-9]+}}: hands_on: malloc: untyped: {{.*}}if 'hands_on' is an allocation wrapper, name it with --alloc-wrapper
 * UNTYPED-NEXT: sites.c:{{[0-9]+}}: by_pointer: malloc: untyped: its address is taken; name the member or variable that is called with --alloc-wrapper=TAG.MEMBER
 * UNTYPED-NOT: sites.c
 */
#define _GNU_SOURCE
#include "inputs/sites.h"

#include <lu/desc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct expectation expectations[64];
unsigned n_expectations;

static void expect(const char *what, const char *type, unsigned flags, const void *object)
{
    expectations[n_expectations++] = (struct expectation){what, type, flags, object};
}

static struct item *list;
static struct owner table[3];
static int *numbers;
static void *untyped_global;
static char **lines;

/* Results. */
static struct item *item_new(long value)
{
    struct item *i = malloc(sizeof(*i));

    if (!i)
        return NULL;
    i->value = value;
    return i;
}

struct item *item_direct(void);
struct item *item_direct(void)
{
    return malloc(sizeof(struct item)); /* becomes a tail call */
}

void take_item(struct item *i)
{
    g_elsewhere = i;
}

/* A static function that hands on a `void *` is a wrapper by itself. */
static void *checked(size_t n)
{
    void *p = malloc(n);

    if (!p)
        abort();
    return p;
}

static void *checked_more(size_t n)
{
    return checked(n + 0);
}

static struct header *header_tail(size_t length)
{
    struct header *h = malloc(sizeof(*h) + length);

    h->length = (unsigned)length;
    return h;
}

#define ALIGNED(n) (((n) + 7) & ~(size_t)7)

static struct header *header_aligned(unsigned short length)
{
    unsigned short payload = (unsigned short)(ALIGNED((size_t)length));
    size_t size = ALIGNED(sizeof(struct header)) + payload;
    struct header *h;

    if (size < payload)
        return NULL;
    h = (struct header *)pool_get(size);
    return h;
}

static void variables(int n)
{
    struct item *local = malloc(sizeof(*local)), *array = malloc((size_t)n * sizeof(*array));
    struct item *four = calloc(4, sizeof(struct item)), *one = calloc(1, sizeof(*one));
    struct flexible *f = malloc(sizeof(*f) + (size_t)n * sizeof(f->items[0]));
    int(*matrix)[4] = malloc((size_t)n * sizeof(*matrix));
    void *through = malloc(sizeof(struct item));
    struct item *cast = through;

    list = item_new(1);
    list->next = malloc(sizeof(struct item));
    numbers = malloc((size_t)n * sizeof(int));
    lines = malloc((size_t)n * sizeof(*lines));
    lines[1] = malloc(80);
    expect("local", "item", 0, local);
    expect("array", "item", LU_A_ARRAY, array);
    expect("four", "item", LU_A_ARRAY, four);
    expect("one", "item", 0, one);
    expect("flexible", "flexible", LU_A_TAIL, f);
    expect("matrix", "int[4]", LU_A_ARRAY, matrix);
    expect("result", "item", 0, list);
    expect("member of local", "item", 0, list->next);
    expect("static", "int", LU_A_ARRAY, numbers);
    expect("pointers", "char *", LU_A_ARRAY, lines);
    expect("element", "char", LU_A_ARRAY, lines[1]);
    expect("through void *", "item", 0, cast);
}

static void members(int n)
{
    struct owner *o = &table[n & 1];

    o->items = calloc((size_t)n, sizeof(*o->items));
    o->index = malloc((size_t)n * sizeof(*o->index));
    o->text = strdup("text");
    o->in[1].header = malloc(sizeof(struct header));
    o->in[n & 1].as_item = malloc(sizeof(struct item));
    g_owner->items = malloc(sizeof(struct item));
    g_elsewhere = malloc(sizeof(struct item));
    table[2].items = realloc(table[2].items, (size_t)n * sizeof(struct item));
    o->any = malloc(sizeof(struct header));
    ((struct header *)o->any)->kind = 1;
    expect("items", "item", LU_A_ARRAY, o->items);
    expect("index", "item *", LU_A_ARRAY, o->index);
    expect("strdup", "char", LU_A_ARRAY, o->text);
    expect("nested member", "header", 0, o->in[1].header);
    expect("member of a union", "item", 0, o->in[n & 1].as_item);
    expect("member of another unit's", "item", 0, g_owner->items);
    expect("another unit's variable", "item", 0, g_elsewhere);
    expect("realloc", "item", LU_A_ARRAY, table[2].items);
}

static void calls(int n)
{
    struct item *i = item_direct();
    struct header *h;
    struct item *out = NULL;
    void *aligned = NULL;
    void *through = NULL;
    char *printed = NULL;

    take_item(malloc(sizeof(struct item)));
    expect("parameter", "item", 0, g_elsewhere);
    expect("tail call", "item", 0, i);
    h = checked(sizeof(*h));
    expect("local wrapper", "header", 0, h);
    h = checked_more(sizeof(*h) + (size_t)n);
    expect("local wrapper of a wrapper", "header", LU_A_TAIL, h);
    expect("header and tail", "header", LU_A_TAIL, header_tail((size_t)n));
    expect("aligned header and tail", "header", LU_A_TAIL, header_aligned((unsigned short)n));
    h = pool_zeroed((size_t)n, sizeof(*h));
    expect("wrapper of calloc", "header", LU_A_ARRAY, h);
    h = pool_take(POOL_HEADER);
    expect("pool without a size", "header", LU_A_TAIL, h);
    h = declared((size_t)n, sizeof(*h));
    expect("declared with alloc_size", "header", LU_A_ARRAY, h);
    if (!out_get(sizeof(*out), &out))
        expect("out parameter", "item", 0, out);
    if (!out_get(sizeof(*h), &through)) {
        h = through;
        expect("out parameter that is a void *", "header", 0, h);
    }
    i = n ? pool_get(sizeof(*i)) : NULL;
    expect("conditional", "item", 0, i);
    i = aligned_alloc(16, sizeof(*i));
    expect("aligned_alloc", "item", 0, i);
    aligned = pool_get(64);
    untyped_global = aligned;
    expect("untyped wrapper", NULL, 0, aligned);
    if (asprintf(&printed, "%d", n) > 0)
        expect("asprintf", "char", LU_A_ARRAY, printed);
}

static void untyped_member(struct owner *o, size_t n)
{
    o->any = malloc(n);
}

static struct item *too_small(void)
{
    return malloc(12);
}

static struct item *unclear(size_t n)
{
    return malloc(n);
}

/* What extends an item is known by its size, where only one thing has it. */
struct derived {
    struct item base;
    struct header *more;
};

struct deeper {
    struct derived derived;
};

struct one_of_two {
    struct item base;
    long words[5];
};

struct other_of_two {
    struct item base;
    void *pointers[5];
};

static struct item *derived(void)
{
    struct item *i = (struct item *)(struct derived *)malloc(sizeof(struct deeper));

    return i;
}

static struct item *ambiguous(int n)
{
    struct item *i = (struct item *)malloc(sizeof(struct one_of_two));

    ((struct other_of_two *)i)->pointers[n & 1] = i;
    ((struct deeper *)i)->derived.more = NULL;
    return i;
}

/* How flexible arrays were written before C99. */
struct old_style {
    struct item *next;
    char key[1];
};

static struct old_style *old_style(size_t length)
{
    struct old_style *o = malloc(offsetof(struct old_style, key) + length);

    o->key[0] = 0;
    return o;
}

/* Several pointers in one place: the size tells, or the variable that it comes from. */
union several {
    struct item *item;
    struct header *header;
    struct derived *derived;
    char *text;
};

static union several by_size, by_variable, by_nothing;

static void several(int n)
{
    char *text;

    by_size.derived = malloc(sizeof(struct derived));
    text = pool_take(POOL_ITEM);
    by_variable.text = text;
    by_nothing.item = malloc(sizeof(struct item) * (size_t)n);
}

struct twice {
    struct item base;
    struct header *a, *b;
};

static struct item *array_or_more(void)
{
    struct item *i = malloc(sizeof(struct twice));

    ((struct twice *)i)->a = NULL;
    return i;
}

/* Known only inside the function that it is given to. */
static long inside(void *p)
{
    struct header *h = p;

    h->payload = p;
    h->kind = 1;
    return h->kind;
}

static void *given(void)
{
    void *p = malloc(sizeof(struct header));

    return inside(p) ? p : untyped_global;
}

/* A structure by value takes two arguments of the machine's. */
struct by_value {
    struct header *header;
    struct item *item;
};

static struct item *from_value(struct by_value v, struct item *i)
{
    return v.item ? v.item : i;
}

static struct item *beside_value(void)
{
    struct by_value v = {0};

    return from_value(v, malloc(sizeof(struct item)));
}

void *hands_on(size_t n);
void *hands_on(size_t n)
{
    return malloc(n);
}

void *(*by_pointer(void))(size_t);
void *(*by_pointer(void))(size_t)
{
    return malloc;
}

void make_all(int n)
{
    variables(n);
    members(n);
    calls(n);
    expect("extended", "deeper", 0, derived());
    expect("extended, ambiguous", NULL, 0, ambiguous(n));
    expect("array or more", NULL, 0, array_or_more());
    expect("array of one that goes on", "old_style", LU_A_TAIL, old_style((size_t)n));
    several(n);
    expect("union, by size", "derived", 0, by_size.derived);
    expect("union, by variable", "char", LU_A_ARRAY, by_variable.text);
    expect("union, undecided", NULL, 0, by_nothing.item);
    expect("given to a function", "header", 0, given());
    expect("beside a structure", "item", 0, beside_value());
    untyped_member(&table[0], (size_t)n);
    expect("untyped member", NULL, 0, table[0].any);
    expect("too small", NULL, 0, too_small());
    expect("unclear", NULL, 0, unclear(32));
    free(hands_on(1));
}
