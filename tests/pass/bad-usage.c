/* SPDX-License-Identifier: MIT
 *
 * Wrong command lines end with one clear line and leave no output.
 *
 * RUN: %not %lucc --hosted --untyped-sites=maybe -c %s -o %t.o 2>&1 | %FileCheck --check-prefix=MODE %s
 * RUN: %not %lucc --hosted --alloc-wrapper=get:x -c %s -o %t.o 2>&1 | %FileCheck --check-prefix=WRAP %s
 * RUN: test ! -e %t.o
 * RUN: %not %lucc --hosted -c %s.nowhere -o %t.o 2>&1 | %FileCheck --check-prefix=NONE %s
 * RUN: %lucc --hosted -c %s -o %t.o
 * RUN: %not %lucc --hosted -o %t.elf %t.o 2>&1 | %FileCheck --check-prefix=NAME %s
 * RUN: %not %lucc --hosted --component a -o %t.elf %s 2>&1 | %FileCheck --check-prefix=NAME %s
 * RUN: %not %lucc --hosted --component name-of-16-chars -o %t.elf %t.o 2>&1 | %FileCheck --check-prefix=LONG %s
 * RUN: %not %lucc --hosted --component a -o %t.elf %t.o %t.nowhere.o 2>&1 | %FileCheck --check-prefix=LINK %s
 * RUN: test ! -e %t.elf && test ! -e %t.elf.linked
 * RUN: %not %lu-desc merge in out 2>&1 | %FileCheck --check-prefix=DESC %s
 *
 * MODE: --untyped-sites=maybe: expected error or ignore
 * WRAP: allocation wrapper 'get:x' is not NAME[:SIZE[*COUNT]][@OUT]
 * NONE: no such file or directory
 * NAME: a link needs -o FILE and --component NAME, and objects only
 * LONG: component name 'name-of-16-chars' is longer than 15 characters
 * LINK: nowhere.o
 * DESC: usage: lu-desc merge
 */
int main(void)
{
    return 0;
}
