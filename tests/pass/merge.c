/* SPDX-License-Identifier: MIT
 *
 * The link step over several units: equal types fold (recursive ones too, and
 * where one unit only declares what the other defines), different ones of one
 * tag stay apart, statics of files of one name are told apart by folder, a weak
 * definition yields to the strong one.
 *
 * RUN: mkdir -p a b; cp %s a/unit.c; cp %s b/unit.c
 * RUN: %lucc --hosted -DA -c a/unit.c -o a.o && %lucc --hosted -DB -c b/unit.c -o b.o
 * RUN: %lucc --hosted --component m -o m.elf a.o b.o
 * RUN: %lu-desc dump m.elf >dump; %FileCheck %s <dump
 * RUN: test $(grep -c '^  struct ring size' dump) = 1
 * RUN: test $(grep -c '^  struct leaf size' dump) = 1
 * RUN: test $(grep -c '^  struct differs size' dump) = 2
 * RUN: test $(grep -c '^  opaque declared size' dump) = 0
 * RUN: test $(grep -c '^  opaque never size' dump) = 1
 *
 * CHECK: types
 * CHECK-DAG: struct differs size 4
 * CHECK-DAG: struct differs size 8
 * CHECK-DAG: struct holder size 24
 * CHECK: globals
 * CHECK-DAG: only_one [unit.c]: int static
 * CHECK-DAG: state [a/unit.c]: struct differs * static
 * CHECK-DAG: state [b/unit.c]: struct differs * static
 * CHECK-DAG: size 8 chosen: long
 * CHECK-NOT: chosen: int
 */
struct leaf {
    int n;
};

struct ring {
    struct ring *next;
    struct holder *up;
};

struct never;

#ifdef A
struct declared;
struct differs {
    int x;
};
#else
struct declared {
    struct ring *r;
};
struct differs {
    long x;
};
#endif

struct holder {
    struct declared *declared;
    struct ring ring[1];
};

#ifdef A
static struct differs *state;
static int only_one;
struct holder holder_a;
struct never *never;
struct leaf leaf_a;
int chosen __attribute__((weak)) = 1;

extern void *b_use(void);
int main(void)
{
    only_one++;
    leaf_a.n++;
    return state != 0 && holder_a.declared == b_use() && never && chosen;
}
#else
static struct differs *state;
struct holder holder_b;
struct leaf leaf_b;
long chosen = 2;

void *b_use(void);
void *b_use(void)
{
    leaf_b.n++;
    return state ? holder_b.declared : 0;
}
#endif
