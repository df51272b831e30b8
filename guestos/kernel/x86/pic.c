/* SPDX-License-Identifier: MIT
 *
 * 8259A: an interrupt is masked before it is acknowledged, so that a level
 * that is still asserted does not come back until its driver has seen it.
 */
#include "pic.h"

#include "arch.h"
#include "idt.h"
#include "insn.h"

#define PIC1 0x20
#define PIC2 0xa0
#define ICW1_INIT 0x11
#define OCW2_EOI 0x20
#define OCW3_READ_ISR 0x0b
#define CASCADE 2

static uint16_t mask = 0xffff & ~(1u << CASCADE);

static void write_mask(unsigned irq)
{
    if (irq < 8)
        outb(PIC1 + 1, (uint8_t)mask);
    else
        outb(PIC2 + 1, (uint8_t)(mask >> 8));
}

void pic_init(void)
{
    outb(PIC1, ICW1_INIT);
    outb(PIC2, ICW1_INIT);
    outb(PIC1 + 1, VECTOR_IRQ_BASE);
    outb(PIC2 + 1, VECTOR_IRQ_BASE + 8);
    outb(PIC1 + 1, 1 << CASCADE);
    outb(PIC2 + 1, CASCADE);
    outb(PIC1 + 1, 1); /* 8086 mode */
    outb(PIC2 + 1, 1);
    write_mask(0);
    write_mask(8);
}

void arch_irq_mask(unsigned irq)
{
    mask |= (uint16_t)(1u << irq);
    write_mask(irq);
}

void arch_irq_unmask(unsigned irq)
{
    mask &= (uint16_t)~(1u << irq);
    write_mask(irq);
}

static bool is_spurious(unsigned irq)
{
    const uint16_t port = irq < 8 ? PIC1 : PIC2;

    if (irq != 7 && irq != 15)
        return false;
    outb(port, OCW3_READ_ISR);
    return !(inb(port) & 0x80);
}

bool pic_accept(unsigned irq)
{
    if (is_spurious(irq)) {
        if (irq == 15)
            outb(PIC1, OCW2_EOI); /* the cascade was real */
        return false;
    }
    if (irq != 0)
        arch_irq_mask(irq);
    if (irq >= 8)
        outb(PIC2, OCW2_EOI);
    outb(PIC1, OCW2_EOI);
    return true;
}
