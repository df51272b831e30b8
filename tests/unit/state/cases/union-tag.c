/* SPDX-License-Identifier: MIT
 *
 * A tagged union: the member in use is converted by its own type.
 */
#include "case.h"

enum kind { NUMBER, TEXT, PEER };
struct value {
    enum kind kind;
#ifndef OLD
    int version;
#endif
    union {
#ifdef OLD
        int number LU_TAG("kind=NUMBER");
        const char *text LU_TAG("kind=TEXT");
        struct value *peer LU_TAG("kind=PEER");
#else
        struct value *peer LU_TAG("kind=PEER");
        const char *text LU_TAG("kind=TEXT");
        long number LU_TAG("kind=NUMBER");
        double fraction LU_TAG("kind=3");
#endif
    } u LU_TAG("kind");
} values[4];

void setup(void)
{
    values[0].kind = NUMBER;
    values[0].u.number = -7;
    values[1].kind = TEXT;
    values[1].u.text = "some text";
    values[2].kind = PEER;
    values[2].u.peer = &values[1];
}

#ifndef OLD
int check(void)
{
    EXPECT(values[0].kind == NUMBER && values[0].u.number == -7);
    EXPECT(values[1].kind == TEXT && strcmp(values[1].u.text, "some text") == 0);
    EXPECT(values[2].kind == PEER && values[2].u.peer == &values[1]);
    EXPECT(values[3].u.number == 0);
    return 0;
}
#endif
