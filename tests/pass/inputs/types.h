/* SPDX-License-Identifier: MIT
 *
 * One of every kind of type, shared by types.c (described by the pass) and
 * types-check.c (which asks the compiler).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <lu/annotate.h>

enum colour { RED, GREEN = 7, BLUE = -3 };
enum big { HUGE_VALUE = 0x123456789abcll };
enum __attribute__((packed)) small { TINY };
typedef enum { ANON_A, ANON_B } anon_enum;

struct scalars {
    char c;
    signed char sc;
    unsigned char uc;
    short s;
    unsigned long ul;
    long long ll;
    _Bool b;
    float f;
    double d;
    long double ld;
    __int128 wide;
    enum colour colour;
    enum big big;
    enum small small;
    anon_enum anon;
    wchar_t wc;
    double _Complex z;
};

struct bits {
    unsigned a : 3;
    unsigned : 2;
    unsigned b : 9;
    int : 0;
    unsigned long wide : 40;
    _Bool flag : 1;
    enum colour colour : 5;
    unsigned char tail;
};

struct __attribute__((packed)) packed {
    char c;
    int i;
    short s;
    struct __attribute__((packed)) {
        char x;
        double y;
    } in;
};

struct over {
    char c;
    int i __attribute__((aligned(32)));
    struct {
        char d;
    } __attribute__((aligned(16))) e;
};

struct nested {
    int before;
    struct {
        int x;
        union {
            int u;
            char *text;
            struct {
                short lo, hi;
            };
        };
    };
    union {
        int as_int;
        float as_float;
    } named;
    struct {
        int y[2];
    } list[3];
};

typedef struct {
    int id;
    struct scalars *scalars;
} typedefed;

struct arrays {
    int grid[2][3][4];
    char name[17];
    struct nested *row[5];
    int (*matrix)[4];
    void (*table[3])(int);
};

struct flexible {
    unsigned n;
    struct nested items[];
};

struct node {
    struct node *next, **prev;
    struct tree *tree;
    typedefed *t;
};

struct tree {
    struct node *nodes;
    struct tree *kids[2];
    int (*visit)(struct tree *, struct node *, ...);
};

struct hidden;

struct handle {
    struct hidden *hidden;
    const volatile int *cv;
    void *any;
    void (*plain)(void);
    typedefed *(*maker)(enum colour, const char *);
};

union choice {
    int i;
    struct node *node;
    char bytes[24];
};

struct annotated {
    int kind;
    union IXFER(choice) raw;
    PXFER(uintptr_t) address;
    NOXFER int cache;
    SXFER void *cookie;
    union choice u LU_TAG("kind");
    unsigned n_items;
    int *LU_LEN("n_items") items;
};

extern struct scalars g_scalars;
extern struct bits g_bits;
extern struct packed g_packed;
extern struct over g_over;
extern struct nested g_nested;
extern typedefed g_typedefed;
extern struct arrays g_arrays;
extern struct flexible g_flexible;
extern struct node g_node;
extern struct tree g_tree;
extern struct handle g_handle;
extern union choice g_choice;
extern struct annotated g_annotated;
extern const int g_constant[3];
extern int g_cache;

/* Addresses of what only types.c can name. */
struct statics {
    const void *file_static, *first, *second, *shared_name, *literal, *func;
};
struct statics types_statics(void);
struct statics more_statics(void);
int types_visit(struct tree *t, struct node *n, ...);
