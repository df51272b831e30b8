/* SPDX-License-Identifier: MIT
 *
 * The optimiser must not shrink, split or fold state that is described: a
 * static that is never read, never written, or only ever 0 or 1, a structure of
 * which one member is used, a pointer that only ever holds one object.
 *
 * RUN: %lucc --hosted -O3 -S -emit-llvm -o - %s | %FileCheck %s
 *
 * CHECK-DAG: @never_written = internal global i32 5
 * CHECK-DAG: @only_written = internal global i32 0
 * CHECK-DAG: @flag = internal global i32 0
 * CHECK-DAG: @wide = internal global <{ %struct.wide, i8 }> zeroinitializer
 * CHECK-DAG: @work.buffer = internal global <{ [64 x i8], i8 }> zeroinitializer
 * CHECK-DAG: @kept = internal global ptr null
 * CHECK: section ".lu_tu"
 */
#include <stdlib.h>

struct wide {
    int a, b;
    struct wide *next;
};

static int never_written = 5, only_written, flag;
static struct wide wide;
static struct wide *kept;

int work(int n);
int work(int n)
{
    static char buffer[64];

    only_written = n;
    flag = 1;
    wide.a += n;
    buffer[0]++;
    if (!kept)
        kept = malloc(sizeof(*kept));
    return never_written + flag + wide.a + buffer[0] + kept->a;
}
