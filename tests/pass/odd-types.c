/* SPDX-License-Identifier: MIT
 *
 * Vectors, atomics, complex and foreign floating point, empty structures, arrays
 * of length zero, bit-fields across every boundary, enumerations beyond int:
 * described as the compiler lays them out.  What is only moved bit for bit
 * (ixfer) has a tag that tells its format and size.
 *
 * RUN: for o in 0 2; do %lucc --hosted -O$o -std=gnu23 -I%abi -c %s -o %t-$o.o; done
 * RUN: %lucc --hosted --no-instrument -std=gnu23 -I%abi -c %S/inputs/odd-types-check.c -o %t-check.o
 * RUN: for o in 0 2; do %lucc --hosted --component types -o %t-$o.elf %t-$o.o %t-check.o; %t-$o.elf; done
 * RUN: %lu-desc dump %t-2.elf | %FileCheck %s
 *
 * CHECK: types
 * CHECK-DAG: three: int[2][4]
 * CHECK-DAG: struct three_ints size 16 align 16
 * CHECK-DAG: struct three_ints size 12 align 4
 * CHECK-DAG: +16 padded: struct three_ints[3]
 * CHECK-DAG: +64 pointer: char *
 * CHECK-DAG: struct empty size 0 align 1
 * CHECK-DAG: brain: struct __bf16
 * CHECK-DAG: struct __bf16 size 2 align 2 ixfer
 * CHECK-DAG: struct __float128 size 16 align 16 ixfer
 * CHECK-DAG: cf: float[2]
 * CHECK-DAG: cl: long double[2]
 * CHECK-DAG: struct _Complex integer of 8 bytes size 8 align 8 ixfer
 * CHECK-DAG: +0.3:64 wide: unsigned long
 * CHECK-DAG: +8.3:4 s: signed char
 * CHECK-DAG: signed char size 1 align 1
 * CHECK-DAG: TOP = 18446744073709551615
 * CHECK-DAG: ALL_BITS = 255
 * CHECK-DAG: NAMELESS = 5
 * CHECK-DAG: unprototyped: int (*)(void)
 * CHECK-DAG: returns_function: int (*(*)(int (*)(void)))(int, char **)
 * CHECK-DAG: by_value: void (*)(struct three_ints, bool)
 */
#include "inputs/odd-types.h"

struct vectors g_vectors;
struct atomics g_atomics;
struct zero_length g_zero_length;
struct floats g_floats;
struct straddling g_straddling;
struct enums g_enums;
struct functions g_functions;
struct over_aligned g_over_aligned[3];
