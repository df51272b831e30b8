/* SPDX-License-Identifier: MIT
 *
 * An entry that changed has two counterparts: one by name, another by function.
 * transfer: ETARGET command leads to an entry that the new version's table of constants does not
 * have
 */
#include "case.h"

static int run(void)
{
    return 1;
}

static int stop(void)
{
    return 2;
}

static int wait(void)
{
    return 3;
}

static const struct command {
    const char *name;
    int (*run)(void);
} commands[] = {
#ifdef OLD
    {"wait", wait},
    {"run", run},
#else
    {"wait", wait},
    {"go", run},
    {"run", stop},
#endif
};
const struct command *command;

void setup(void)
{
    command = &commands[1];
    KEEP(*stop);
}

#ifndef OLD
int check(void)
{
    return 0;
}
#endif
