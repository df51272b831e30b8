/* SPDX-License-Identifier: MIT
 *
 * Memory of unknown type is copied when nothing in it looks like a pointer.
 */
#include "case.h"

void *blob;
#ifndef OLD
int fresh;
#endif

void setup(void)
{
    unsigned char *b = malloc(1000);

    for (int i = 0; i < 1000; i++)
        b[i] = (unsigned char)i;
    blob = b;
}

#ifndef OLD
int check(void)
{
    unsigned char *b = blob;

    for (int i = 0; i < 1000; i++)
        EXPECT(b[i] == (unsigned char)i);
    return 0;
}
#endif
