/* SPDX-License-Identifier: MIT
 *
 * Tables of strings, compared by their texts; and texts, of which only the start is known
 * when they change.
 */
#include "case.h"

static const char *const names[] = {
    "zero",
#ifndef OLD
    "half",
#endif
    "one",
    "two",
};
static const char rows[][6] = {
    "aaa",
#ifndef OLD
    "xxx",
#endif
    "bbb",
    "ccc",
};
#ifdef OLD
static const char version[] = "version 1.2 (stable)";
#else
static const char version[] = "Version 1.10 (stable)";
#endif
const char *const *name, *const *last;
const char (*row)[6];
const char *text, *word;

void setup(void)
{
    name = &names[1];
    row = &rows[1];
    text = version;
    KEEP(name);
#ifdef OLD
    last = &names[2];
    word = version + 12;
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(name == &names[2] && strcmp(*name, "one") == 0);
    EXPECT(last == &names[3] && row == &rows[2] && text == version);
    EXPECT(strcmp(word, "(stable)") == 0 && word == version + 13);
    return 0;
}
#endif
