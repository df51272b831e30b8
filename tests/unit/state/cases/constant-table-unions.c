/* SPDX-License-Identifier: MIT
 *
 * Entries with unions, that a tag or nothing tells about, and with numbers that only look
 * alike when they are cut.
 */
#include "case.h"

#ifdef OLD
typedef int number;
#else
typedef short number;
#endif
static const struct option {
    int kind;
    union {
        long number LU_TAG("kind=0");
        const char *text LU_TAG("kind=1");
    } u;
} options[] = {
    {0, {.number = 5}},
#ifndef OLD
    {1, {.text = "added"}},
#endif
    {1, {.text = "text"}},
    {0, {.number = 6}},
};
static const union loose {
    long number;
    const char *text;
} loose[] = {
    {.text = "one"},
#ifndef OLD
    {.text = "added"},
#endif
    {.number = 2},
    {.text = "three"},
};
static const number numbers[] = {
    1,
#ifndef OLD
    4464, /* 70000, cut */
#endif
#ifdef OLD
    70000,
#endif
    2,
#ifndef OLD
    3,
#endif
};
const struct option *text, *six;
const union loose *two, *three;
const number *last;

void setup(void)
{
#ifdef OLD
    text = &options[1];
    six = &options[2];
    two = &loose[1];
    three = &loose[2];
    last = &numbers[2];
#endif
    KEEP(loose);
    KEEP(numbers);
}

#ifndef OLD
int check(void)
{
    EXPECT(text == &options[2] && strcmp(text->u.text, "text") == 0 && six == &options[3]);
    EXPECT(two == &loose[2] && three == &loose[3] && last == &numbers[2] && *last == 2);
    return 0;
}
#endif
