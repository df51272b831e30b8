/* SPDX-License-Identifier: MIT
 *
 * Per-CPU data and CPU features.  gs points to struct cpu while the kernel
 * runs.  Inside kernel/x86 only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "regs.h"

struct cpu {
    uint64_t scratch;   /* user rsp while entry_syscall runs */
    uint64_t frame_end; /* end of the current body's struct regs */
    uint64_t stack;     /* top of the kernel stack */
    uint64_t root;      /* what cr3 holds */
    void *fpu;          /* whose FPU state is in the registers */
};
_Static_assert(__builtin_offsetof(struct cpu, frame_end) == CPU_FRAME_END, "entry.S knows it");
_Static_assert(__builtin_offsetof(struct cpu, stack) == CPU_STACK, "entry.S knows it");

struct cpu_features {
    bool nx, smep, smap, pge, rdrand;
};

extern struct cpu cpu0;
extern struct cpu_features cpu_features;

void fpu_setup(void);
/* Saves the registers for their owner and loads those of `fpu`. */
void fpu_switch(void *fpu);
