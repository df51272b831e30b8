/* SPDX-License-Identifier: MIT
 *
 * A transfer case is one C file, compiled with OLD defined and without, by lucc.
 * The old version's setup() makes a state; the engine transfers it; the new
 * version's check() says whether it is what it should be.  Lines of the file's
 * first comment tell the runner more:
 *
 *   rule: drop s.userdata          a transfer rule (also: truncate, skip, copy,
 *                                  value X N, rename-type A B, rename-member S.A B, ...)
 *   plan: EMISMATCH g.x TEXT       the plan must be refused, at this path, with this text
 *   transfer: ELOSS my_s.x TEXT    the transfer must fail so
 *   transfer@3: ELOSS my_s.x       the transfer of world 3
 *   reverse: ELOSS my_s.x TEXT     the reverse check must find this difference
 *   unreached: 3                   objects that nothing leads to
 *   allowed: 2                     losses that a rule or an annotation allowed
 *
 * TEXT may be left out; "-" stands for an empty path, "*" for any.  A second file
 * NAME-other.c is part of the same program.
 */
#pragma once

#include <lu/annotate.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void setup(void);
int check(void);
extern long case_world; /* which of several states to make: argument of the runner, or 0 */

/* The linker drops what nobody refers to. */
#define KEEP(object) __asm__ volatile("" : : "r"(&(object)) : "memory")

/* In check(): the line number is the result of a failed one. */
#define EXPECT(cond)                                                                               \
    do {                                                                                           \
        if (!(cond))                                                                               \
            return __LINE__;                                                                       \
    } while (0)
