/* SPDX-License-Identifier: MIT
 *
 * More text than any buffer between guest and host holds: with a console that
 * nobody reads (run-guest --unread-console) the guest must come to its end.
 */
#include "world.h"

int main(void);

static void flood(void)
{
    static char line[256];

    memset(line, 'x', sizeof(line));
    for (int i = 0; i < 8000; i++)
        EQUAL(sys_log(line, sizeof(line)), 0);
    EQUAL(sys_log(line, 257), -LU_EINVAL);
    EQUAL(sys_log((char *)8, 8), -LU_EFAULT);
}

int main(void)
{
    tap_plan(1);
    test_case("a flood of text", flood);
    tap_done();
}
