/* SPDX-License-Identifier: MIT
 *
 * A component that is built with --untyped-sites=error: the error stands at the
 * call; naming the wrapper, or giving the receiver a type, settles it.
 *
 * RUN: %not %lucc --hosted --untyped-sites=error -c %s -o %t.o 2>&1 | %FileCheck %s
 * RUN: test ! -e %t.o
 * RUN: %lucc --hosted --untyped-sites=error --alloc-wrapper=get -c %s -o %t.o
 * RUN: %lucc --hosted -c %s -o %t.o
 *
 * CHECK: untyped-error.c:[[@LINE+8]]:{{.*}}error:{{.*}}untyped allocation: malloc: only 'void *' receives the result
 * CHECK-NOT: error:{{.*}}untyped
 */
#include <stdlib.h>

void *get(size_t n);
void *get(size_t n)
{
    return malloc(n);
}

int *use(void);
int *use(void)
{
    return get(sizeof(int));
}
