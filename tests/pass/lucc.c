/* SPDX-License-Identifier: MIT
 *
 * lucc as a compiler: dependency files, -o before and after, no -o, other
 * modes, flags of the user win, --no-instrument leaves nothing behind.
 *
 * RUN: %lucc --hosted -MD -MF %t.d -o %t.o -c %s && grep -q 'lucc.c' %t.d
 * RUN: %lucc --hosted -c %s && test -s lucc.o
 * RUN: %lucc --hosted -E -DVALUE=7 %s | grep -q 'return calls++ + 7'
 * RUN: %lucc --hosted -S -O0 -o - %s | %FileCheck --check-prefix=ASM %s
 * RUN: %lucc --hosted -fsyntax-only -Werror -Wall %s
 * RUN: %lucc --no-instrument -c %s -o %t.plain.o && %not grep -q lu_tu %t.plain.o
 * RUN: %lucc -c %s -o %t.free.o && grep -q lu_tu %t.free.o
 * RUN: %not %lucc --hosted -DVALUE= -c %s -o %t.bad.o
 * RUN: test ! -e %t.bad.o
 * RUN: %lucc -DFREE -c %s -o %t.macro.o
 * RUN: ar rcs %t.a %t.o && %lucc --hosted -DMAIN -c %s -o %t.main.o && %lucc --hosted --component a -o %t.elf %t.main.o %t.a && %t.elf
 * RUN: %lu-desc dump %t.elf | %FileCheck %s
 *
 * ASM: .lu_tu
 * CHECK: calls [lucc.c:answer]: int static
 */
#ifdef FREE
#if __STDC_HOSTED__ || !defined(__OPTIMIZE__) || defined(__PIC__)
#error "defaults of a component"
#endif
#endif

#ifndef VALUE
#define VALUE 0
#endif

int answer(void);
#ifdef MAIN
int main(void)
{
    return answer();
}
#else
int answer(void)
{
    static int calls;

    return calls++ + VALUE;
}
#endif
