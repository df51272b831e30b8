/* SPDX-License-Identifier: MIT
 *
 * Interrupt descriptor table and what its entries lead to.
 */
#pragma once

#define VECTOR_IRQ_BASE 32u

void idt_init(void);
