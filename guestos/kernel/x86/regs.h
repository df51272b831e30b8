/* SPDX-License-Identifier: MIT
 *
 * What a body's user code had in its registers when it last entered the kernel.
 * The layout is that of the entry stubs (entry.S): the CPU pushes the last five
 * words, a stub the rest.  Size and alignment: the CPU aligns the stack pointer
 * to 16 when it pushes, so the end of the struct must be 16-byte aligned.
 */
#pragma once

#define REGS_SIZE 176
#define REGS_VECTOR 120
#define VECTOR_SYSCALL 0x100

#define SEL_KERNEL_CODE 0x08
#define SEL_KERNEL_DATA 0x10
#define SEL_USER_DATA 0x1b /* order fixed by sysret */
#define SEL_USER_CODE 0x23
#define SEL_TSS 0x28

#define CPU_SCRATCH 0 /* offsets in struct cpu, for entry.S */
#define CPU_FRAME_END 8
#define CPU_STACK 16

#ifndef __ASSEMBLER__
#include <stdint.h>

struct regs {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct regs) == REGS_SIZE, "entry.S knows the size");
_Static_assert(__builtin_offsetof(struct regs, vector) == REGS_VECTOR, "entry.S knows it");

/* The kernel call in a frame that came in by `syscall`. */
static inline uint64_t regs_call(const struct regs *r)
{
    return r->rax;
}

static inline void regs_set_result(struct regs *r, long value)
{
    r->rax = (uint64_t)value;
}

/* Makes the body repeat its kernel call `nr` when it runs next. */
static inline void regs_repeat_call(struct regs *r, uint64_t nr)
{
    r->rip -= 2; /* length of `syscall` */
    r->rax = nr;
}

/* Fresh user frame: runs at `entry` with an empty stack that ends at `sp`. */
static inline void regs_init(struct regs *r, uint64_t entry, uint64_t sp)
{
    *r = (struct regs){
        .rip = entry, .cs = SEL_USER_CODE, .rflags = 0x202, .rsp = sp, .ss = SEL_USER_DATA};
}
#endif
