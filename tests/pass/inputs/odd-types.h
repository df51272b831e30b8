/* SPDX-License-Identifier: MIT
 *
 * What C has beyond the usual: extensions and corners, shared by odd-types.c
 * (described by the pass) and odd-types-check.c (which asks the compiler).
 */
#pragma once

#include <stdint.h>

typedef float vector4 __attribute__((vector_size(16)));
typedef int vector3 __attribute__((ext_vector_type(3)));

struct vectors {
    vector4 four;
    vector3 three[2];
    int tail;
};

struct three_ints {
    int a, b, c;
};

struct atomics {
    _Atomic int number;
    _Atomic(struct three_ints) padded[3]; /* 16 bytes each */
    _Atomic(char *) pointer;
    int tail;
};

struct empty {
};

struct zero_length {
    int n;
    struct empty nothing;
    long marker[0];
    int more;
    char tail[0];
};

struct floats {
    _Float16 half;
    __bf16 brain;
    long double x87;
    __float128 quad;
    float _Complex cf;
    long double _Complex cl;
    int _Complex ci;
    int tail;
};

struct __attribute__((packed)) straddling {
    char c : 3;
    unsigned long wide : 64;
    signed char s : 4;
    _Bool b : 1;
    long far : 57;
    char tail;
};

enum unsigned_values { TOP = 0xffffffffffffffff };
enum fixed : unsigned char { ALL_BITS = 255 };

union overlaid {
    __int128 wide;
    struct {
        short lo;
        int bits : 5;
    };
    char *text;
};

struct enums {
    enum unsigned_values u;
    enum fixed f : 7;
    enum { NAMELESS = 5 } nameless;
    union overlaid overlaid;
};

struct functions {
    int (*unprototyped)();
    int (*(*returns_function)(int (*)(void)))(int, char **);
    void (*by_value)(struct three_ints, _Bool);
};

struct __attribute__((aligned(64))) over_aligned {
    char c;
};
