/* SPDX-License-Identifier: MIT
 *
 * Allocations of every kind; sites.c makes them, sites-check.c asks which site
 * each object came from.
 */
#pragma once

#include <stddef.h>

struct item {
    struct item *next;
    long value;
};

struct header {
    unsigned length, kind;
    void *payload;
};

struct flexible {
    size_t n;
    struct item items[];
};

struct owner {
    struct item *items, **index;
    char *text;
    void *any;
    struct {
        struct header *header;
        union {
            struct item *as_item;
            long number;
        };
    } in[2];
};

extern struct owner *g_owner; /* defined in sites-pools.c */
extern struct item *g_elsewhere;

void *pool_get(size_t size);
void *pool_zeroed(size_t n, size_t size);
enum pool { POOL_ITEM, POOL_HEADER };
void *pool_take(enum pool which);
int out_get(size_t size, void *ret);
void *declared(size_t n, size_t size) __attribute__((alloc_size(1, 2)));
void take_item(struct item *i);

/* Name of the expected type and flags of every object. */
struct expectation {
    const char *what, *type;
    unsigned flags;
    const void *object;
};
extern struct expectation expectations[];
extern unsigned n_expectations;
void make_all(int n);
