/* SPDX-License-Identifier: MIT
 *
 * The example of the slides "Update Yourself": members reordered, `short id`
 * widened, `string` cut, `userdata` dropped although it holds something, the union
 * copied bit for bit, `addr` (a pointer in an integer) relocated, `newfield`
 * added; and an interior pointer that follows the member it leads to.
 * rule: drop s.userdata
 * rule: truncate s.string
 */
#include "case.h"

union u {
    int i[2];
};

int target[8] = {1, 2, 3};

#ifdef OLD
struct s {
    int flags;
    char string[3];
    short id;
    union IXFER(u) my_u;
    void *userdata;
    PXFER(int) addr;
} my_s;
short *p = &my_s.id;

void setup(void)
{
    memcpy(my_s.string, "aa", 3);
    my_s.id = 7;
    my_s.my_u.i[0] = 12;
    my_s.my_u.i[1] = 32;
    my_s.userdata = &target[1];
    my_s.addr = (int)(intptr_t)&target[2];
    target[2] = 99;
    KEEP(p);
}
#else
struct s {
    int flags;
    int id;
    char string[2];
    union IXFER(u) my_u;
    PXFER(int) addr;
    int newfield;
} my_s;
int *p;

int check(void)
{
    EXPECT(my_s.flags == 0);
    EXPECT(my_s.id == 7);
    EXPECT(memcmp(my_s.string, "a", 2) == 0);
    EXPECT(my_s.my_u.i[0] == 12 && my_s.my_u.i[1] == 32);
    EXPECT(my_s.addr == (int)(intptr_t)&target[2]);
    EXPECT(*(int *)(intptr_t)my_s.addr == 99);
    EXPECT(my_s.newfield == 0);
    EXPECT(p == &my_s.id);
    return 0;
}
#endif
