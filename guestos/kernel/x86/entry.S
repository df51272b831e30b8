/* SPDX-License-Identifier: MIT
 *
 * Every way into the kernel and the one way out.  User registers are saved
 * straight into the current body's struct regs (TSS.rsp0 and cpu.frame_end
 * point to its end), then the kernel's only stack is loaded from its top: the
 * kernel keeps nothing on it between two entries.  Interrupts are off in the
 * kernel except in arch_idle.
 */
#include "regs.h"

    .macro PUSH_GPRS
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    pushq %rax
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    .endm

    .macro POP_GPRS
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rax
    popq %rcx
    popq %rdx
    popq %rsi
    popq %rdi
    .endm

    .text
    .globl entry_syscall
entry_syscall:
    swapgs
    movq %rsp, %gs:CPU_SCRATCH
    movq %gs:CPU_FRAME_END, %rsp
    pushq $SEL_USER_DATA
    pushq %gs:CPU_SCRATCH
    pushq %r11
    pushq $SEL_USER_CODE
    pushq %rcx
    pushq $0
    pushq $VECTOR_SYSCALL
    PUSH_GPRS
    movq %rsp, %rdi
    movq %gs:CPU_STACK, %rsp
    xorl %ebp, %ebp
    call trap_syscall
    movq %rax, %rdi

    /* rdi = struct regs of the body to run; its rip is a user address. */
    .globl entry_resume
entry_resume:
    movq %rdi, %rsp
    cmpq $VECTOR_SYSCALL, REGS_VECTOR(%rsp)
    jne 1f
    POP_GPRS
    movq 16(%rsp), %rcx /* rip */
    movq 32(%rsp), %r11 /* rflags */
    movq 40(%rsp), %rsp
    swapgs
    sysretq
1:  POP_GPRS
    addq $16, %rsp
    swapgs
    iretq

trap_common:
    testb $3, 24(%rsp)
    jz 1f
    swapgs
    PUSH_GPRS
    movq %rsp, %rdi
    movq %gs:CPU_STACK, %rsp
    xorl %ebp, %ebp
    cld
    call trap_user
    movq %rax, %rdi
    jmp entry_resume
1:  PUSH_GPRS /* an interrupt while idle, or a defect of the kernel */
    movq %rsp, %rdi
    cld
    call trap_kernel
    POP_GPRS
    addq $16, %rsp
    iretq

    /* Double fault, NMI, machine check: own stacks, gs unknown, no return. */
trap_last:
    PUSH_GPRS
    movq %rsp, %rdi
    cld
    call trap_fatal
    ud2

    .macro STUB n
    .balign 16
    .if \n == 8
    pushq $\n
    jmp trap_last
    .elseif \n == 2 || \n == 18
    pushq $0
    pushq $\n
    jmp trap_last
    .elseif (\n >= 10 && \n <= 14) || \n == 17 || \n == 21 || \n == 29 || \n == 30
    pushq $\n
    jmp trap_common
    .else
    pushq $0
    pushq $\n
    jmp trap_common
    .endif
    .endm

    .balign 16
    .globl entry_stubs
entry_stubs:
    .set n, 0
    .rept 48
    STUB n
    .set n, n + 1
    .endr
    .section .note.GNU-stack, "", @progbits
