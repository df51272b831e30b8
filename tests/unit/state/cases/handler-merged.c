/* SPDX-License-Identifier: MIT
 *
 * Two members that became one: the handler replaces the automatic conversion, so no
 * rule is needed, and nothing inside is compared.
 */
#include "case.h"

#ifdef OLD
struct stamp {
    unsigned short high;
    struct {
        int low;
    };
};
#else
struct stamp {
    long value;
};
#endif
struct {
    int before;
    struct stamp stamps[3];
} log_;

void setup(void)
{
    log_.before = 7;
#ifdef OLD
    log_.stamps[1].high = 0xabcd;
    log_.stamps[1].low = 0x12345678;
    log_.stamps[2].low = 1;
#endif
}

#ifndef OLD
#include <st/transfer.h>

static int stamp_convert(struct st_xfer *x, const struct st_object *o)
{
    struct stamp *s = o->new_data;
    int64_t high, low;
    int r = st_xfer_member(x, o, "high", &high);

    r = r < 0 ? r : st_xfer_member(x, o, "low", &low);
    if (r == 0)
        s->value = high << 32 | low;
    return r;
}

const struct st_handler lu_transfer_handlers[] = {
    {.kind = ST_HANDLER_TYPE, .instead = 1, .name = "stamp", .convert = stamp_convert}, {0}};

int check(void)
{
    EXPECT(log_.before == 7 && log_.stamps[0].value == 0 && log_.stamps[2].value == 1);
    EXPECT(log_.stamps[1].value == 0xabcd12345678);
    return 0;
}
#endif
