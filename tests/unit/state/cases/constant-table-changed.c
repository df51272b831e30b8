/* SPDX-License-Identifier: MIT
 *
 * Entries whose content was changed: in their places; and those that moved, but can be
 * told from all others by a name, a function or an enumerator.
 */
#include "case.h"

enum kind { ALPHA, BETA, GAMMA, DELTA };

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
#ifdef OLD
#define IF_OLD(was, is) was
#else
#define IF_OLD(was, is) is
#endif

static const int numbers[] = {10, IF_OLD(20, 21), 30, IF_OLD(40, 41)};
static const struct command {
    const char *name;
    int value;
    int (*run)(void);
} commands[] = {
#ifndef OLD
    {"new", 1, wait},
#endif
    {"run", IF_OLD(1, 5), run},
    {"stop", IF_OLD(2, 6), stop},
};
static const struct step {
    enum kind kind;
    int cost;
} steps[] = {
#ifdef OLD
    {ALPHA, 0},
    {BETA, 1},
    {GAMMA, 2},
#else
    {ALPHA, 3},
    {DELTA, 4},
    {BETA, 5},
    {GAMMA, 6},
#endif
};
const int *second, *last;
const struct command *command;
const struct step *step;

void setup(void)
{
    second = &numbers[1];
    last = &numbers[3];
    command = &commands[1];
    step = &steps[1];
    KEEP(*wait);
}

#ifndef OLD
int check(void)
{
    EXPECT(*second == 21 && *last == 41 && command == &commands[2] && step == &steps[2]);
    return 0;
}
#endif
