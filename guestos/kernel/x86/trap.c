/* SPDX-License-Identifier: MIT
 *
 * IDT, and what the entry stubs call.  A trap from user mode ends in the
 * component's death or in an interrupt's handler; the result is the frame to
 * resume, which may be another body's.  Only an interrupt while idle is
 * legitimate in kernel mode.
 */
#include "arch.h"
#include "cpu.h"
#include "idt.h"
#include "insn.h"
#include "pic.h"
#include "../call.h"
#include "../panic.h"

#define N_VECTORS 48u
#define STUB_SIZE 16u
#define VECTOR_PAGE_FAULT 14u

struct gate {
    uint16_t offset0, selector;
    uint8_t ist, type;
    uint16_t offset1;
    uint32_t offset2, reserved;
};

extern const char entry_stubs[];

static struct gate idt[N_VECTORS];

struct regs *trap_syscall(struct regs *regs);
struct regs *trap_user(struct regs *regs);
void trap_kernel(struct regs *regs);
_Noreturn void trap_fatal(struct regs *regs);

static uint8_t stack_of(unsigned vector)
{
    return vector == 8 ? 1 : vector == 2 ? 2 : vector == 18 ? 3 : 0;
}

void idt_init(void)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) ptr = {sizeof(idt) - 1, (uint64_t)idt};

    for (unsigned v = 0; v < N_VECTORS; v++) {
        uint64_t stub = (uint64_t)entry_stubs + v * STUB_SIZE;

        idt[v] = (struct gate){.offset0 = (uint16_t)stub,
                               .selector = SEL_KERNEL_CODE,
                               .ist = stack_of(v),
                               .type = 0x8e, /* interrupt gate, DPL 0 */
                               .offset1 = (uint16_t)(stub >> 16),
                               .offset2 = (uint32_t)(stub >> 32)};
    }
    __asm__ volatile("lidt %0" : : "m"(ptr));
}

static void handle_irq(unsigned irq)
{
    if (!pic_accept(irq))
        return;
    if (irq == 0)
        kernel_tick();
    else
        kernel_irq(irq);
}

struct regs *trap_syscall(struct regs *regs)
{
    return kernel_call(regs);
}

struct regs *trap_user(struct regs *regs)
{
    const uint64_t cr2 = regs->vector == VECTOR_PAGE_FAULT ? read_cr2() : 0;

    if (cpu_features.smap)
        __asm__ volatile("clac");
    if (regs->vector >= VECTOR_IRQ_BASE)
        handle_irq((unsigned)regs->vector - VECTOR_IRQ_BASE);
    else
        kernel_fault(regs, cr2);
    return kernel_next();
}

void trap_kernel(struct regs *regs)
{
    if (regs->vector < VECTOR_IRQ_BASE)
        panic_regs(regs, "trap %lu in the kernel at %lx", (unsigned long)regs->vector,
                   (unsigned long)regs->rip);
    handle_irq((unsigned)regs->vector - VECTOR_IRQ_BASE);
}

void trap_fatal(struct regs *regs)
{
    panic_regs(regs, "vector %lu at %lx", (unsigned long)regs->vector, (unsigned long)regs->rip);
}
