/* SPDX-License-Identifier: MIT
 *
 * A tag that only the new version's annotation tells: the old one was not prepared for
 * the update.
 */
#include "case.h"

#ifdef OLD
enum kind { NUMBER, TEXT };
struct value {
    enum kind sort;
    union {
        int number;
        const char *text;
    } u;
};
#else
enum kind { TEXT = 4, NUMBER };
struct value {
    enum kind sort;
    union {
        const char *text LU_TAG("sort=TEXT");
        double number LU_TAG("sort=NUMBER");
        char room[24] LU_TAG("sort=9");
    } u LU_TAG("sort");
};
#endif
struct value values[2];

void setup(void)
{
    values[0].sort = NUMBER;
    values[0].u.number = 12;
    values[1].sort = TEXT;
    values[1].u.text = "text";
}

#ifndef OLD
int check(void)
{
    EXPECT(values[0].sort == NUMBER && values[0].u.number == 12.0);
    EXPECT(values[1].sort == TEXT && strcmp(values[1].u.text, "text") == 0);
    return 0;
}
#endif
