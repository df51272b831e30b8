/* SPDX-License-Identifier: MIT
 *
 * Interrupt lines as notifications.  A line may be shared (PCI INTx): it is
 * masked at delivery, every attached slot is notified, and it is unmasked when
 * all have acknowledged.  One that does not (parked, dying, slow) must not
 * silence the others: once somebody has acknowledged, the line is reopened at
 * the next tick, which bounds the rate of a level that nobody takes down.
 */
#pragma once

#include "slot.h"

void irq_raise(unsigned irq);
void irq_tick(void);
void irq_abandon(struct slot *s);
void irq_settle(struct slot *s, bool keep_fresh);
