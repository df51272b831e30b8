/* SPDX-License-Identifier: MIT
 *
 * State that nobody could transfer rightly is an error that names the object,
 * never left out in silence.
 *
 * RUN: %not %lucc --hosted -fms-extensions -c %s -o %t.o 2>&1 | %FileCheck %s
 * RUN: test ! -e %t.o
 * RUN: %not %lucc --hosted -DLITERALS -fwritable-strings -c %s -o %t.o 2>&1 | %FileCheck --check-prefix=LITERAL %s
 * RUN: %lucc --hosted -DLITERALS -c %s -o %t.o
 *
 * CHECK-DAG: variable 'number': type '_BitInt' can't be described: debug information does not tell its width
 * CHECK-DAG: variable 'short_pointer': type 'int *' can't be described: it is no pointer of 64 bits
 * CHECK-DAG: allocation in 'allocate': type 'unsigned _BitInt' can't be described
 * CHECK-DAG: writable object '.compoundliteral' has no name and no type in debug information
 * CHECK-DAG: thread-local variable 'mine' cannot be transferred
 * LITERAL: writable object '.str' has no name and no type
 */
#include <stdlib.h>

#ifdef LITERALS
char *text = "a literal";
#else
_BitInt(17) number;
int *__ptr32 short_pointer;
_Thread_local int mine;

/* Only one member of it can be seen, and not which. */
double *inside = &(union {
                      int i;
                      double d;
                  }){.i = 4}
                      .d;

void *allocate(void);
void *allocate(void)
{
    unsigned _BitInt(200) *p = malloc(sizeof(*p));

    return p;
}
#endif
