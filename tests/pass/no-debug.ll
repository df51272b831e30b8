; SPDX-License-Identifier: MIT
;
; Without debug information there is nothing to describe the state from.
;
; RUN: %not %opt -passes=lu-start -S %s 2>&1 | %FileCheck %s
; RUN: printf 'int x;' >%t.c; %not %lucc --hosted -g0 -c %t.c -o %t.o 2>&1 | %FileCheck %s
; RUN: : >%t-empty.c; %lucc --hosted -c %t-empty.c -o %t.o
;
; CHECK: no debug information to describe the state from: compile with -g
@x = global i32 0
