/* SPDX-License-Identifier: MIT
 *
 * A wrong invariant fails the link, with a caret under what is wrong.
 *
 * RUN: %lucc --hosted -I%abi/../lib/include -c %s -o %t.o
 * RUN: %not %lucc --hosted -o %t.elf --component t %t.o 2>%t.err
 * RUN: %FileCheck --strict-whitespace --match-full-lines %s <%t.err
 * RUN: test ! -e %t.elf
 *
 *      CHECK:{{.*}}bad-invariants.c:24: error: invariant 'misspelt': {{.*}}'n_itmes'{{.*}}
 * CHECK-NEXT:    n_itmes <= 10
 * CHECK-NEXT:    ^
 *      CHECK:{{.*}}bad-invariants.c:25: error: invariant 'assigns': {{.*}}
 * CHECK-NEXT:    n_items = 10
 * CHECK-NEXT:            ^
 *      CHECK:{{.*}}bad-invariants.c:27: error: invariant 'twice' is declared at bad-invariants.c:26 already
 */
#include "lu/annotate.h"

int n_items;

LU_INVARIANT(fine, "n_items >= 0");

LU_INVARIANT(misspelt, "n_itmes <= 10");
LU_INVARIANT(assigns, "n_items = 10");
LU_INVARIANT(twice, "n_items <= 10");
LU_INVARIANT(twice, "n_items <= 11");

int main(void)
{
    return n_items;
}
