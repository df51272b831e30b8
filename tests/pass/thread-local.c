/* SPDX-License-Identifier: MIT
 *
 * A thread-local variable has no one address to transfer.
 *
 * RUN: %not %lucc --hosted -c %s -o %t.o 2>&1 | %FileCheck %s
 * CHECK: thread-local variable 'mine' cannot be transferred
 */
_Thread_local int mine;
