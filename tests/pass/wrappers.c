/* SPDX-License-Identifier: MIT
 *
 * Allocation wrappers: what a wrapper hands on has the type that its caller gives
 * it, through any number of wrappers and through pointers to them; what it
 * allocates for itself keeps its own.
 *
 * RUN: for f in sites-check heap-stub; do %lucc --hosted --no-instrument -fno-builtin -I%abi -c %S/inputs/$f.c -o %t-$f.o; done
 * RUN: echo '-I%abi --alloc-wrapper=pool_get,pool_take,logged_get:0,found_or_get,get_hook,hooks.allocate,allocator.get:2*1,allocator.nested.inner' >%t.flags
 * RUN: for o in 0 2 3; do %lucc --hosted -O$o --untyped-sites=error $(cat %t.flags) -c %s -o %t-$o.o; %lucc --hosted -O$o $(cat %t.flags) --alloc-wrapper=out_get:0@1 -c %S/inputs/sites-pools.c -o %t-p$o.o; %lucc --hosted --component sites -o %t-$o.elf %t-$o.o %t-p$o.o %t-sites-check.o %t-heap-stub.o; %t-$o.elf; done
 * RUN: %FileCheck %s <%t-2.sites
 * RUN: %not %lucc --hosted --untyped-sites=error -I%abi --alloc-wrapper=pool_get -c %S/inputs/sites-pools.c -o %t.o 2>&1 | %FileCheck --check-prefix=TAKEN %s
 *
 * CHECK-NOT: address is taken
 * CHECK: wrappers.c:{{[0-9]+}}: pointers: allocator.get: struct item array{{$}}
 * CHECK: wrappers.c:{{[0-9]+}}: pointers: hooks.allocate: struct header{{$}}
 * TAKEN-DAG: untyped allocation: {{.*}}sites-pools.c:[[#]]: malloc: its address is taken; name the member or variable that is called
 * TAKEN-DAG: untyped allocation: {{.*}}sites-pools.c:[[#]]: pool_get: its address is taken
 */
#include "inputs/sites.h"

#include <lu/desc.h>

struct expectation expectations[64];
unsigned n_expectations;

static void expect(const char *what, const char *type, unsigned flags, const void *object)
{
    expectations[n_expectations++] = (struct expectation){what, type, flags, object};
}

static void own_objects(void)
{
    struct item *i = logged_get(sizeof(*i));
    struct header *h = found_or_get(sizeof(*h));

    expect("handed on", "item", 0, i);
    expect("the wrapper's own", "log_entry", 0, log_entries);
    expect("its text", "char", LU_A_ARRAY, log_entries->text);
    expect("handed on from a variable", "header", 0, h);
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

void make_all(int n)
{
    own_objects();
    pointers((unsigned)n);
    set_hooks(&hooks_in_use);
    pointers((unsigned)n);
}
