/* SPDX-License-Identifier: MIT
 *
 * Objects of static duration in all their forms, in two units, at -O2 and -O3:
 * statics of functions (twice in one function, in functions that are inlined and
 * cloned, in an inline function of a header that both units include), weak and
 * common symbols, aliases, sections, assembler names, what the optimiser would
 * split, shrink, merge or drop, literals of every character type.
 *
 * RUN: cp %s a.c; cp %s b.c
 * RUN: for o in 2 3; do %lucc --hosted -O$o -fcommon -DA -c a.c -o a$o.o; %lucc --hosted -O$o -fcommon -c b.c -o b$o.o; done
 * RUN: for o in 2 3; do %lucc --hosted --component g -o g$o.elf a$o.o b$o.o; ./g$o.elf; %lu-desc dump g$o.elf >g$o.dump; %FileCheck %s <g$o.dump; done
 * RUN: sed 's/^  0x[0-9a-f]* //' g2.dump >2; sed 's/^  0x[0-9a-f]* //' g3.dump >3; sort 2 >2s; sort 3 >3s; cmp 2s 3s
 *
 * CHECK: struct wide size 24
 * CHECK: globals
 * CHECK-DAG: size 4 hits [a.c:in_header]: int static{{$}}
 * CHECK-DAG: size 4 hits [b.c:in_header]: int static{{$}}
 * CHECK-DAG: size 4 n [a.c:twice]: int static{{$}}
 * CHECK-DAG: size 8 n [a.c:twice#1]: long static{{$}}
 * CHECK-DAG: size 4 calls [a.c:cloned]: int static{{$}}
 * CHECK-DAG: size 24 only_one_member_used [a.c]: struct wide static{{$}}
 * CHECK-DAG: size 40 never_read [a.c]: int[10] static{{$}}
 * CHECK-DAG: size 4 never_changes [a.c]: int static{{$}}
 * CHECK-DAG: size 4 weak: int{{$}}
 * CHECK-DAG: size 24 common: long[3]{{$}}
 * CHECK-DAG: size 4 aliased [a.c]: int static{{$}}
 * CHECK-DAG: size 4 in_section: int{{$}}
 * CHECK-DAG: size 4 named_by_hand: int{{$}}
 * CHECK-DAG: size 12 one_table [a.c]: int[3] const static{{$}}
 * CHECK-DAG: size 16 names [a.c]: char *[2] const static{{$}}
 * CHECK-DAG: size 4 volatile_one: int{{$}}
 * CHECK-NOT: alias_of
 * CHECK: functions
 * CHECK-DAG: assembler_named [a.c]: int(int) static code {{[0-9a-f]+}}
 * CHECK-DAG: cloned [a.c]: int(int, int) static code {{[0-9a-f]+}}
 * CHECK: literals
 * CHECK-DAG: size 5 hash {{.*}}: char[5]
 */
#include <uchar.h>
#include <wchar.h>

struct wide {
    long used, unused;
    struct wide *next;
};

int at_b(void);

static inline int in_header(void)
{
    static int hits;

    return ++hits;
}

#ifdef A
static struct wide only_one_member_used;
static int never_read[10], never_changes = 3;
int weak __attribute__((weak)) = 4;
long common[3];
static int aliased = 6;
extern int alias_of __attribute__((alias("aliased")));
int in_section __attribute__((section("mine"))) = 1;
int named_by_hand __asm__("another_name");
volatile int volatile_one;
static const int one_table[] = {1, 2, 3}, same_table[] = {1, 2, 3};
static const char *const names[] = {"one", "two"};
const char *plain;
const wchar_t *wide_text = L"wide";
const char16_t *text16 = u"sixteen";
const char32_t *text32 = U"thirty-two";
const int *tables[2] = {one_table};
int (*pointers[2])(int);
int (*clone)(int, int);

static int twice(int k)
{
    {
        static int n;

        n += k;
    }
    static long n;

    return (int)(n += k);
}

/* Called with one constant argument: a candidate for a copy of its own. */
static __attribute__((noinline)) int cloned(int k, int mode)
{
    static int calls;

    return mode == 7 ? k + ++calls : k * mode;
}

static int assembler_named(int k) __asm__("by_another_name");
static int assembler_named(int k)
{
    return k + 1;
}

int main(int argc, char **argv)
{
    (void)argv;
    only_one_member_used.used += argc;
    never_read[argc] = argc;
    pointers[0] = assembler_named;
    clone = cloned;
    plain = argc > 5 ? "four" : names[argc & 1];
    tables[1] = same_table;
    volatile_one++;
    common[2] = named_by_hand + in_section;
    return in_header() + twice(argc) + cloned(argc, 7) + never_changes + weak + at_b() -
           (1 + 1 + 2 + 3 + 4 + 1) + (argc - 1) * alias_of;
}
#else
long common[2];

int at_b(void)
{
    return in_header();
}
#endif
