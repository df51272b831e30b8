/* SPDX-License-Identifier: MIT
 *
 * One past the end of an array, structure or union is never the next variable:
 * they get a byte more than they need, which the description does not count.  Not
 * what lies in a section of its own, and not literals, which the linker merges.
 *
 * RUN: for o in 0 2; do %lucc --hosted -O$o -c %s -o %t-$o.o; %lucc --hosted --component gaps -o %t-$o.elf %t-$o.o; %t-$o.elf; done
 * RUN: %lu-desc dump %t-2.elf | %FileCheck %s
 * RUN: %lucc --hosted -O2 -S -emit-llvm -o - %s | %FileCheck %s --check-prefix=IR
 *
 * CHECK: globals
 * CHECK-DAG: size 64 first: char[64]
 * CHECK-DAG: size 12 table [gaps.c]: int[3] {{.*}}const
 * CHECK-DAG: size 0 empty: struct empty
 * CHECK-DAG: size 4 lone: int
 * CHECK-DAG: size 16 set_a: char[16]
 *
 * IR-DAG: @first = {{.*}}global <{ [64 x i8], i8 }> zeroinitializer, align 16
 * IR-DAG: @table = internal constant <{ [3 x i32], i8 }> <{ [3 x i32] [i32 1, i32 2, i32 3], i8 0 }>, align 4
 * IR-DAG: @lone = {{.*}}global i32 0
 * IR-DAG: @set_a = {{.*}}global [16 x i8] {{.*}}section "set"
 * IR-DAG: constant [5 x i8] c"text\00"
 */
#include <stdint.h>

struct empty {
};

char first[64], second[64];
static const int table[3] = {1, 2, 3};
struct empty empty, more;
int lone;
__attribute__((section("set"))) char set_a[16] = "a", set_b[16] = "b";
const char *text = "text";
const int *volatile entry;
const void *volatile held;
static char *end(char *array, unsigned long size)
{
    return array + size;
}

int main(void)
{
    entry = &table[lone];
    held = text;
    held = &empty;
    if (end(first, 64) == second || end(second, 64) == first)
        return 1;
    if ((void *)&empty == (void *)&more || (void *)&empty == (void *)&lone)
        return 2;
    if ((uintptr_t)set_a - (uintptr_t)set_b != 16 && (uintptr_t)set_b - (uintptr_t)set_a != 16)
        return 3;
    return 0;
}
