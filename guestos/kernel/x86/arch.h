/* SPDX-License-Identifier: MIT
 *
 * The interface between the portable kernel and the machine (with paging.h and
 * regs.h).  One CPU; the kernel runs with interrupts off and is not preempted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "regs.h"

#define ARCH_FPU_SIZE 512u
#define ARCH_IRQS 16u
#define ARCH_TICK_NS 4000000ull

struct boot_range {
    uint64_t first, end; /* page aligned, end exclusive */
};

#define BOOT_MAX_RANGES 32u
struct boot_info {
    struct boot_range ram[BOOT_MAX_RANGES];
    uint32_t n_ram;
    uint64_t ram_top;               /* end of the highest RAM */
    uint64_t archive, archive_size; /* physical; size 0: no module */
};

/* What CPUID says.  Before paging_init. */
void arch_detect(void);
/* Descriptor tables, syscall MSRs, FPU.  After paging_init. */
void arch_cpu_init(void);
/* Reads what the boot loader left; panics if it is malformed. */
void arch_boot_info(uint32_t start_info, struct boot_info *ret_info);
/* PIC remapped and masked; tick and monotonic clock running (IRQ 0 unmasked). */
void arch_timer_init(void);
/* Nanoseconds since arch_timer_init, never going back. */
uint64_t arch_time_ns(void);
/* Moves the clock forward to `ns`. */
void arch_time_advance(uint64_t ns);

void arch_irq_mask(unsigned irq);
void arch_irq_unmask(unsigned irq);

/* Waits for an interrupt and handles it. */
void arch_idle(void);
/* Makes `regs` the frame that the next entry from user mode fills and loads
 * the address space and FPU state that belong to it. */
void arch_use(struct regs *regs, void *fpu, uint64_t root);
/* The body that owns `fpu` is gone: do not save into it. */
void arch_fpu_forget(const void *fpu);
void arch_fpu_init(void *fpu);
_Noreturn void arch_enter_user(struct regs *regs);
_Noreturn void arch_halt(void);
/* For the epitaph: the faulting address and the page tables in use. */
void arch_read_cr(uint64_t *ret_cr2, uint64_t *ret_cr3);

uint32_t arch_port_in(uint16_t port, unsigned width);
void arch_port_out(uint16_t port, unsigned width, uint32_t value);

/* One byte to the console; gives up after a bounded time. */
void arch_console_init(void);
void arch_console_put(char c);

/* Up to 64 random bits of the machine's own: RDRAND if present, else clocks. */
uint64_t arch_entropy(void);
