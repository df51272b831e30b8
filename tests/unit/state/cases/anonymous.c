/* SPDX-License-Identifier: MIT
 *
 * Members that moved into anonymous structures and unions, and out of them; anonymous
 * unions that changed their order keep their members.
 */
#include "case.h"

enum kind { INT, PTR };
struct value {
#ifdef OLD
    int a, b;
    struct {
        short c;
        struct {
            char d[4];
        };
    };
    enum kind kind, other_kind;
    union {
        long number LU_TAG("kind=INT");
        struct value *link LU_TAG("kind=PTR");
    };
    union {
        int small LU_TAG("other_kind=INT");
        void *any LU_TAG("other_kind=PTR");
    };
#else
    struct {
        struct {
            long b;
        };
        char d[6];
        int c;
    };
    union {
        void *any;
        long small;
    };
    enum kind kind, other_kind;
    union {
        struct value *link;
        long number;
    };
    int a;
#endif
} v[2];

void setup(void)
{
    v[0].a = 1;
    v[0].b = 2;
    v[0].c = 3;
    memcpy(v[0].d, "abc", 4);
    v[0].kind = PTR;
    v[0].link = &v[1];
    v[0].other_kind = INT;
    v[0].small = 99;
    v[1].kind = INT;
    v[1].number = -1;
    v[1].other_kind = PTR;
    v[1].any = &v[0];
}

#ifndef OLD
int check(void)
{
    EXPECT(v[0].a == 1 && v[0].b == 2 && v[0].c == 3 && strcmp(v[0].d, "abc") == 0);
    EXPECT(v[0].kind == PTR && v[0].link == &v[1] && v[0].small == 99);
    EXPECT(v[1].number == -1 && v[1].any == &v[0]);
    return 0;
}
#endif
