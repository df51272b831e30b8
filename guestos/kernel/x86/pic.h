/* SPDX-License-Identifier: MIT
 *
 * The two 8259 interrupt controllers.
 */
#pragma once

#include <stdbool.h>

/* Remapped to VECTOR_IRQ_BASE, everything masked. */
void pic_init(void);
/* Masks (but the tick) and acknowledges; false: the interrupt was spurious. */
bool pic_accept(unsigned irq);
