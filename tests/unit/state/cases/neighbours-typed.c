/* SPDX-License-Identifier: MIT
 *
 * Objects that do touch (in a section of their own) are told apart by the pointer's
 * type where it fits one of them only.
 */
#include "case.h"

struct item {
    long a;
#ifndef OLD
    long b;
#endif
};
#define TOGETHER __attribute__((section(".data.pair"), aligned(8)))
TOGETHER struct item items[4] = {{.a = 1}};
TOGETHER int numbers[4] = {1};
TOGETHER struct item last = {.a = 2};
struct item *items_end;
int *start, *numbers_end;
struct item *single;

void setup(void)
{
    items_end = items + 4;
    start = numbers;
    numbers_end = numbers + 4;
    single = &last;
}

#ifndef OLD
int check(void)
{
    EXPECT(items_end == items + 4 && start == numbers && numbers_end == numbers + 4);
    EXPECT(single == &last && last.a == 2);
    return 0;
}
#endif
