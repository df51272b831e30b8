/* SPDX-License-Identifier: MIT
 *
 * A handler for a type that there is not.
 * plan: ENOENT cat a transfer handler is for 'cat'
 */
#include "case.h"

int dog;

void setup(void)
{
    KEEP(dog);
}

#ifndef OLD
#include <st/transfer.h>

static int cat_convert(struct st_xfer *x, const struct st_object *o)
{
    (void)x;
    (void)o;
    return 0;
}

const struct st_handler lu_transfer_handlers[] = {
    {.kind = ST_HANDLER_TYPE, .name = "cat", .convert = cat_convert}, {0}};

int check(void)
{
    KEEP(dog);
    return 0;
}
#endif
