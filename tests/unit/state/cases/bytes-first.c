/* SPDX-License-Identifier: MIT
 *
 * A pointer to bytes means the array of bytes that starts the structure, if there is
 * one, else the structure; also where that array is part of something unchanged.
 */
#include "case.h"

struct name {
    char text[6];
    short language;
};
struct named {
#ifdef OLD
    struct name name;
    int number;
#else
    int number;
    struct name name;
#endif
};
struct record {
#ifdef OLD
    signed char key[2];
    int value;
#else
    int value;
    signed char key[2];
#endif
};
struct plain {
#ifdef OLD
    int value;
    short rest;
#else
    short rest;
    int value;
#endif
};
struct named named;
struct record record;
struct plain plain;
char *text;
signed char *key;
unsigned char *bytes;
void *whole;

void setup(void)
{
    KEEP(named);
    KEEP(record);
    KEEP(plain);
    KEEP(text);
    KEEP(key);
    KEEP(bytes);
    KEEP(whole);
#ifdef OLD
    text = named.name.text;
    key = record.key;
    bytes = (unsigned char *)&plain;
    whole = &record;
#endif
}

#ifndef OLD
int check(void)
{
    EXPECT(text == named.name.text);
    EXPECT(key == record.key);
    EXPECT(bytes == (unsigned char *)&plain);
    EXPECT(whole == &record);
    return 0;
}
#endif
