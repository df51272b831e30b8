/* SPDX-License-Identifier: MIT
 *
 * A second unit: defines what types.c only declares, and has a static of the
 * same name and of another type.
 */
#include "types.h"

struct hidden {
    int a, b, c;
};

static struct hidden shared_name;

struct hidden *more_hidden(void);
struct hidden *more_hidden(void)
{
    return &shared_name;
}

struct statics more_statics(void)
{
    struct statics s = {.shared_name = more_hidden(), .literal = "a literal of types.c"};

    g_handle.hidden = more_hidden();
    return s;
}
