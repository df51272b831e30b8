/* SPDX-License-Identifier: MIT
 *
 * The receiver is another unit's variable, of which this unit has no debug
 * information: the link step finds its type, and checks it against the size.
 *
 * RUN: %lucc --hosted --untyped-sites=error -c %s -o %t.o
 * RUN: %lucc --hosted -DOTHER -c %s -o %t2.o
 * RUN: %lucc --hosted --no-instrument -I%abi -c %S/inputs/heap-stub.c -o %t3.o
 * RUN: %lucc --hosted --component a -o %t.elf %t.o %t2.o %t3.o
 * RUN: %lucc --hosted --untyped-sites=error -DLESS -c %s -o %t4.o
 * RUN: %not %lucc --hosted --component a -o %t4.elf %t4.o %t2.o %t3.o 2>&1 | %FileCheck --check-prefix=ERROR %s
 * RUN: test ! -e %t4.elf
 * RUN: %lucc --hosted -DLESS -c %s -o %t4.o && %lucc --hosted --component a -o %t4.elf %t4.o %t2.o %t3.o
 * RUN: %FileCheck --check-prefix=LESS %s <%t4.sites
 * RUN: %lu-desc dump %t.elf | %FileCheck %s
 *
 * CHECK: sites
 * CHECK-DAG: main #0 {{.*}} malloc: struct thing{{$}}
 * CHECK-DAG: main #1 {{.*}} calloc: struct thing array{{$}}
 * CHECK-DAG: main #2 {{.*}} malloc: struct thing tail{{$}}
 * CHECK-DAG: main #3 {{.*}} malloc: struct thing *{{$}}
 * ERROR: t4.elf: error: {{.*}}extern-receiver.c:[[#]]: main: malloc: untyped: the size does not suit the variable that receives the result
 * LESS: extern-receiver.c:[[#]]: main: malloc: struct thing{{$}}
 * LESS: extern-receiver.c:[[#]]: main: malloc: untyped: the size does not suit
 * LESS: 5 allocation sites, 1 untyped
 */
#include <stdlib.h>

struct thing;

#ifdef OTHER
struct thing {
    struct thing *next;
    long a, b;
};
struct thing *one, *many, *tail, *less;
struct {
    int n;
    struct thing **index;
} table;
#else
extern struct thing *one, *many, *tail, *less;
extern struct {
    int n;
    struct thing **index;
} table;

int main(int argc, char **argv)
{
    (void)argv;
    one = malloc(24);
    many = calloc((size_t)argc, 24);
    tail = malloc(24 + (size_t)argc);
#ifdef LESS
    less = malloc(20);
#endif
    table.index = malloc(sizeof(struct thing *));
    return 0;
}
#endif
