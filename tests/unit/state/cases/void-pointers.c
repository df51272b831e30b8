/* SPDX-License-Identifier: MIT
 *
 * Untyped pointers take the type of what they lead to.
 */
#include "case.h"

struct item {
#ifndef OLD
    long more;
#endif
    int key;
    char name[8];
};
void *any;
char *text, *bytes;
struct item fixed;
void *array[3];

void setup(void)
{
    struct item *i = malloc(sizeof(*i));

    i->key = 9;
    memcpy(i->name, "nine", 5);
    any = i;
    text = i->name + 2;
    bytes = (char *)&fixed;
    array[0] = &fixed.name;
    array[2] = array;
    fixed.key = 3;
}

#ifndef OLD
int check(void)
{
    struct item *i = any;

    EXPECT(i->key == 9 && strcmp(i->name, "nine") == 0 && text == i->name + 2);
    EXPECT(bytes == (char *)&fixed && array[0] == &fixed.name && array[2] == array);
    EXPECT(fixed.key == 3);
    return 0;
}
#endif
