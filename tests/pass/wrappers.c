/* SPDX-License-Identifier: MIT
 *
 * Allocation wrappers: what a wrapper hands on has the type that its caller gives
 * it, through any number of wrappers and through pointers to them; what it
 * allocates for itself keeps its own.
 *
 * RUN: for f in sites-check heap-stub; do %lucc --hosted --no-instrument -fno-builtin -I%abi -c %S/inputs/$f.c -o %t-$f.o; done
 * RUN: echo '-I%abi --alloc-wrapper=grow:*@0,pool_get,pool_take,logged_get:0,found_or_get,get_hook,hooks.allocate,allocator.get:2*1,allocator.nested.inner' >%t.flags
 * RUN: for o in 0 2 3; do %lucc --hosted -O$o --untyped-sites=error $(cat %t.flags) -c %s -o %t-$o.o; %lucc --hosted -O$o $(cat %t.flags) --alloc-wrapper=out_get:0@1 -c %S/inputs/sites-pools.c -o %t-p$o.o; %lucc --hosted --component sites -o %t-$o.elf %t-$o.o %t-p$o.o %t-sites-check.o %t-heap-stub.o; %t-$o.elf; done
 * RUN: %FileCheck %s <%t-2.sites
 * RUN: %not %lucc --hosted --untyped-sites=error -I%abi --alloc-wrapper=pool_get -c %S/inputs/sites-pools.c -o %t.o 2>&1 | %FileCheck --check-prefix=TAKEN %s
 *
 * CHECK-NOT: address is taken
 * CHECK: wrappers.c:{{[0-9]+}}: pointers: allocator.get: struct item array{{$}}
 * CHECK: wrappers.c:{{[0-9]+}}: pointers: hooks.allocate: struct header{{$}}
 * CHECK: wrappers.c:[[#LIBRARY:]]: library: posix_memalign: struct item array{{$}}
 * CHECK-NEXT: wrappers.c:[[#LIBRARY+1]]: library: reallocarray: struct item array{{$}}
 * CHECK-NEXT: wrappers.c:[[#LIBRARY+2]]: library: memalign: struct header{{$}}
 * CHECK-NEXT: wrappers.c:[[#LIBRARY+3]]: library: strndup: char array{{$}}
 *
 * TAKEN-DAG: untyped allocation: {{.*}}sites-pools.c:[[#]]: malloc: its address is taken; name the member or variable that is called
 * TAKEN-DAG: untyped allocation: {{.*}}sites-pools.c:[[#]]: pool_get: its address is taken
 */
#define _GNU_SOURCE
#include "inputs/sites.h"

#include <lu/desc.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

struct expectation expectations[64];
unsigned n_expectations;

static void expect(const char *what, const char *type, unsigned flags, const void *object)
{
    expectations[n_expectations++] = (struct expectation){what, type, flags, object};
}

/* To itself it is characters. */
static void *cleared(size_t n)
{
    char *p = pool_get(n);

    for (size_t i = 0; i < n; i++)
        p[i] = 0;
    return p;
}

/* An array that grows, in the manner of an out parameter. */
static int grow(void **at)
{
    void *p = pool_get(64);

    if (p)
        *at = p;
    return p ? 0 : -1;
}

static struct {
    struct item *items;
} growing;

static void own_objects(void)
{
    struct item *i = logged_get(sizeof(*i));
    struct header *h = found_or_get(sizeof(*h));

    expect("handed on", "item", 0, i);
    expect("the wrapper's own", "log_entry", 0, log_entries);
    expect("its text", "char", LU_A_ARRAY, log_entries->text);
    expect("handed on from a variable", "header", 0, h);
    i = cleared(sizeof(*i));
    expect("cleared as characters", "item", 0, i);
    if (!grow((void **)&growing.items))
        expect("elements", "item", LU_A_ARRAY, growing.items);
}

static void pointers(unsigned n)
{
    struct allocator *a = &allocator;
    struct item *items = a->get(NULL, n, sizeof(*items));
    struct item *fixed = allocator.get(NULL, 4, sizeof(*fixed));
    struct header *h = hooks_in_use.allocate(sizeof(*h));
    struct item *nested = a->nested.inner(sizeof(*nested));
    struct header *hooked = get_hook(sizeof(*hooked));
    void *(*local)(size_t) = a->nested.inner;
    struct item *by_local = local(sizeof(*by_local));

    expect("member of a pointer", "item", LU_A_ARRAY, items);
    expect("member of a variable", "item", LU_A_ARRAY, fixed);
    expect("structure without a tag", "header", 0, h);
    expect("nested member", "item", 0, nested);
    expect("variable", "header", 0, hooked);
    expect("copy of a member", "item", 0, by_local);
}

/* Copies of a pointer to an allocator are calls that are known, too. */
void set_hooks(hooks *to);
void set_hooks(hooks *to)
{
    to->allocate = pool_get;
    get_hook = pool_get;
}

/* The C library's own; not called. */
void library(struct owner *o, size_t n);
void library(struct owner *o, size_t n)
{
    void *p;

    o->items = posix_memalign(&p, 64, n * sizeof(*o->items)) ? NULL : p;
    o->items = reallocarray(o->items, n, sizeof(*o->items));
    o->in[0].header = memalign(64, sizeof(struct header));
    o->text = strndup(o->text, n);
}

void make_all(int n)
{
    own_objects();
    pointers((unsigned)n);
    set_hooks(&hooks_in_use);
    pointers((unsigned)n);
}
