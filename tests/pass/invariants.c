/* SPDX-License-Identifier: MIT
 *
 * Invariants are compiled into the description, and their texts are not in the image
 * otherwise.
 *
 * RUN: %lucc --hosted -I%abi/../lib/include -c %s -o %t.o
 * RUN: %lucc --hosted -o %t.elf --component t %t.o
 * RUN: %lu-desc dump %t.elf | %FileCheck %s
 * RUN: %not grep -q 'lu[.]invariants' %t.elf
 *
 * CHECK: invariants 3
 * CHECK-NEXT: few [invariants.c:25]: n_items <= 10 && state != '\\'
 * CHECK-NEXT: counted [invariants.c:27]: n_items == count(i in items: i->used)
 * CHECK-NEXT: in_file [invariants.c:28]: invariants.c:hidden == -1
 */
#include "lu/annotate.h"

struct item {
    int used;
} items[12];
int n_items;
char state = '\\';
static int hidden = -1;

LU_INVARIANT(few, "n_items <= 10 && state != '\\\\'");
LU_INVARIANT(counted, "n_items == "
                      "count(i in items: i->used)");
LU_INVARIANT(in_file, "invariants.c:hidden == -1");

int main(void)
{
    return n_items + items[n_items].used + state + ++hidden;
}
