/* SPDX-License-Identifier: MIT
 *
 * A function that takes more than its callers through a pointer know.
 * transfer: EMISMATCH handlers[1] would be a pointer to 'int (int)' that leads to
 */
#include "case.h"

typedef int (*handler)(int);
handler handlers[2];

#ifdef OLD
static int on_key(int key)
{
    return key;
}

void setup(void)
{
    handlers[1] = on_key;
}
#else
static int on_key(int key, int modifiers)
{
    return key + modifiers;
}

int check(void)
{
    int (*volatile keep)(int, int) = on_key;

    KEEP(handlers);
    return keep(1, 2);
}
#endif
