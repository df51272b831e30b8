/* SPDX-License-Identifier: MIT
 *
 * A small number in a pointer.
 * transfer: ETARGET head holds a small number, not a pointer
 */
#include "case.h"

int *head;

void setup(void)
{
    head = (int *)1;
}

#ifndef OLD
int check(void)
{
    KEEP(head);
    return 0;
}
#endif
