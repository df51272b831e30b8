/* SPDX-License-Identifier: MIT
 *
 * IRQ_ATTACH, IRQ_ACK, delivery.
 */
#include "irq.h"

#include "call.h"
#include "inspect.h"
#include "ipc.h"

#define IRQ_TICK 0u
#define IRQ_CASCADE 2u
#define MAX_BIT 15u

struct line {
    uint64_t attached, waiting, fresh; /* bit per slot index */
    bool masked;                       /* by a delivery */
    bool paced;                        /* a driver died on it: reopen at ticks only */
    uint8_t bit[LU_MAX_SLOTS];
};

static struct line lines[ARCH_IRQS];

static uint64_t bit_of(const struct slot *s)
{
    return 1ull << s->index;
}

static void reopen(unsigned irq)
{
    lines[irq].masked = false;
    if (lines[irq].attached)
        arch_irq_unmask(irq);
}

void irq_raise(unsigned irq)
{
    struct line *l = &lines[irq];

    trace_put(LU_TRACE_IRQ, LU_EP_KERNEL, irq, 0);
    l->masked = true; /* the controller has masked it */
    l->waiting = l->attached;
    for (uint64_t rest = l->attached; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctzll(rest);

        ipc_notify(&slots[i], LU_NOTE_IRQ(l->bit[i]));
    }
}

void irq_tick(void)
{
    for (unsigned irq = 0; irq < ARCH_IRQS; irq++)
        if (lines[irq].masked && lines[irq].waiting != lines[irq].attached)
            reopen(irq);
}

long call_irq_attach(struct call *c)
{
    const uint64_t irq = c->arg[0], bit = c->arg[1];
    struct line *l;

    if (irq >= ARCH_IRQS || irq == IRQ_TICK || irq == IRQ_CASCADE || bit > MAX_BIT)
        return -LU_EINVAL;
    if (!slot_has_range(c->s, LU_RANGE_IRQ, irq, irq))
        return -LU_EPERM;
    l = &lines[irq];
    if (!(l->attached & bit_of(c->s)) && c->s->swapped)
        l->fresh |= bit_of(c->s);
    l->attached |= bit_of(c->s);
    l->bit[c->s->index] = (uint8_t)bit;
    l->paced = false;
    if (!l->masked)
        arch_irq_unmask((unsigned)irq);
    return 0;
}

long call_irq_ack(struct call *c)
{
    const uint64_t irq = c->arg[0];
    struct line *l;

    if (irq >= ARCH_IRQS)
        return -LU_EINVAL;
    l = &lines[irq];
    if (!(l->attached & bit_of(c->s)))
        return -LU_EPERM;
    l->waiting &= ~bit_of(c->s);
    if (l->masked && !l->waiting && !l->paced)
        reopen((unsigned)irq);
    return 0;
}

static void detach(unsigned irq, const struct slot *s)
{
    struct line *l = &lines[irq];

    l->attached &= ~bit_of(s);
    l->waiting &= ~bit_of(s);
    l->fresh &= ~bit_of(s);
    l->paced = true;
    if (!l->attached) {
        l->masked = false;
        arch_irq_mask(irq);
    }
}

void irq_abandon(struct slot *s)
{
    for (unsigned irq = 0; irq < ARCH_IRQS; irq++)
        if (lines[irq].attached & bit_of(s))
            detach(irq, s);
}

void irq_settle(struct slot *s, bool keep_fresh)
{
    for (unsigned irq = 0; irq < ARCH_IRQS; irq++) {
        if ((lines[irq].fresh & bit_of(s)) && !keep_fresh)
            detach(irq, s);
        lines[irq].fresh &= ~bit_of(s);
    }
}
