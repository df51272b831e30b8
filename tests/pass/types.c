/* SPDX-License-Identifier: MIT
 *
 * Every kind of type, global, static, function and literal; checked at run time
 * against offsetof, sizeof and the addresses.
 *
 * RUN: for o in 0 1 2 3 s; do %lucc --hosted -O$o -std=gnu11 -I%abi -I%abi/../lib/include -c %s -o %t-$o.o; %lucc --hosted -O$o -I%abi -I%abi/../lib/include -c %S/inputs/types-more.c -o %t-more-$o.o; done
 * RUN: %lucc --hosted --no-instrument -I%abi -I%abi/../lib/include -c %S/inputs/types-check.c -o %t-check.o
 * RUN: for o in 0 1 2 3 s; do %lucc --hosted --component types -o %t-$o.elf %t-$o.o %t-more-$o.o %t-check.o; %t-$o.elf; done
 * RUN: %lu-desc dump %t-2.elf | %FileCheck %s
 *
 * CHECK: component types
 * CHECK-DAG: enum colour size 4 align 4
 * CHECK-DAG: BLUE = -3
 * CHECK-DAG: HUGE_VALUE = 20015998343868
 * CHECK-DAG: enum anon_enum size 4
 * CHECK-DAG: struct typedefed size 16 align 8
 * CHECK-DAG: +0 grid: int[2][3][4]
 * CHECK-DAG: matrix: int (*)[4]
 * CHECK-DAG: table: void (*[3])(int)
 * CHECK-DAG: items: struct nested[]
 * CHECK-DAG: prev: struct node **
 * CHECK-DAG: visit: int (*)(struct tree *, struct node *, ...)
 * CHECK-DAG: maker: struct typedefed *(*)(enum colour, char *)
 * CHECK-DAG: plain: void (*)(void)
 * CHECK-DAG: hidden: struct hidden *
 * CHECK-DAG: struct hidden size 12 align 4
 * CHECK-DAG: z: {{.*}}[2]
 * CHECK-DAG: raw: union choice ixfer
 * CHECK-DAG: address: unsigned long pxfer
 * CHECK-DAG: cache: int noxfer
 * CHECK-DAG: cookie: void * sxfer
 * CHECK-DAG: u: union choice tag(kind)
 * CHECK-DAG: items: int * len(n_items)
 */
#include "inputs/types.h"

#include <stdarg.h>

struct scalars g_scalars;
struct bits g_bits;
struct packed g_packed;
struct over g_over;
struct nested g_nested;
typedefed g_typedefed = {.id = 3, .scalars = &g_scalars};
struct arrays g_arrays;
struct flexible g_flexible;
struct node g_node;
struct tree g_tree = {.visit = types_visit};
struct handle g_handle;
union choice g_choice;
struct annotated g_annotated;
const int g_constant[3] = {1, 2, 3};
int g_cache NOXFER;

static int file_static;
static struct {
    int only_ever_written;
    int never_touched;
} shared_name;

static int callback(int x)
{
    return x + file_static;
}

struct statics types_statics(void)
{
    static int (*first)(int) = callback;
    struct statics s = {.file_static = &file_static,
                        .first = &first,
                        .shared_name = &shared_name,
                        .literal = "a literal of types.c",
                        .func = (void *)callback};
    {
        static long first;

        first++;
        s.second = &first;
    }
    shared_name.only_ever_written++;
    return s;
}

int types_visit(struct tree *t, struct node *n, ...)
{
    return t && n;
}
