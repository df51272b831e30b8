/* SPDX-License-Identifier: MIT
 *
 * The end of the kernel: a broken invariant leaves an epitaph for the reader of
 * frozen memory and a text with a backtrace on the console, then the machine
 * halts with interrupts off.
 */
#pragma once

#include "x86/regs.h"

_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* With the registers of the trap that showed it. */
_Noreturn void panic_regs(const struct regs *regs, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
