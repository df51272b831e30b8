/* SPDX-License-Identifier: MIT
 *
 * A table of functions, one of which was renamed, and a table of pointers to variables.
 * rule: rename-function second renamed
 */
#include "case.h"

static int first(void)
{
    return 1;
}

#ifdef OLD
static int second(void)
#else
static int renamed(void)
#endif
{
    return 2;
}

static int third(void)
{
    return 3;
}
#ifndef OLD
static int added(void)
{
    return 4;
}
#endif
typedef int function(void);
#ifdef OLD
static function *const functions[] = {first, second, third};
#else
static function *const functions[] = {added, third, first, renamed};
#endif
int x = 1, y = 2, z = 3;
#ifdef OLD
static int *const variables[] = {&x, &y, &z};
#else
static int *const variables[] = {&x, &z, &y};
#endif
function *const *two, *const *three;
int *const *at;

void setup(void)
{
    two = &functions[1];
    three = &functions[2];
    at = &variables[1];
    KEEP(at);
}

#ifndef OLD
int check(void)
{
    EXPECT(two == &functions[3] && (*two)() == 2 && three == &functions[1] && (*three)() == 3);
    EXPECT(at == &variables[2] && **at == 2);
    return 0;
}
#endif
