/* SPDX-License-Identifier: MIT
 *
 * A handler that refuses says why, and where.
 * transfer: ERANGE head->next a year before 1900
 */
#include "case.h"

struct date {
    int year;
    struct date *next;
} *head;

void setup(void)
{
    head = calloc(1, sizeof(*head));
    head->year = 1950;
    head->next = calloc(1, sizeof(*head));
    head->next->year = 1815;
}

#ifndef OLD
#include <st/transfer.h>

static int date_convert(struct st_xfer *x, const struct st_object *o)
{
    struct date *d = o->new_data;

    if (d->year < 1900)
        return st_xfer_fail(x, -LU_ERANGE, "a year before 1900");
    d->year -= 1900;
    return 0;
}

const struct st_handler lu_transfer_handlers[] = {
    {.kind = ST_HANDLER_TYPE, .name = "date", .convert = date_convert}, {0}};

int check(void)
{
    KEEP(head);
    return 0;
}
#endif
