/* SPDX-License-Identifier: MIT
 *
 * A union that changed and has no tag: the handler knows which member is in use.  And
 * a handler for an enumeration, after its automatic conversion.
 */
#include "case.h"

enum mode { SLOW, FAST };
union payload {
#ifdef OLD
    int number;
#else
    double fraction;
    long number;
#endif
};
struct message {
    enum mode mode;
    union payload payload;
} message;

void setup(void)
{
    message.mode = SLOW;
    message.payload.number = 41;
}

#ifndef OLD
#include <st/transfer.h>

static int payload_convert(struct st_xfer *x, const struct st_object *o)
{
    union payload *p = o->new_data;
    int64_t number;
    int r = st_xfer_member(x, o, "number", &number);

    if (r == 0)
        p->number = number + 1;
    return r;
}

static int mode_convert(struct st_xfer *x, const struct st_object *o)
{
    enum mode *m = o->new_data;

    (void)x;
    *m = *m == SLOW ? FAST : SLOW;
    return 0;
}

const struct st_handler lu_transfer_handlers[] = {
    {.kind = ST_HANDLER_TYPE, .instead = 1, .name = "payload", .convert = payload_convert},
    {.kind = ST_HANDLER_TYPE, .name = "mode", .convert = mode_convert},
    {0}};

int check(void)
{
    EXPECT(message.mode == FAST && message.payload.number == 42);
    return 0;
}
#endif
