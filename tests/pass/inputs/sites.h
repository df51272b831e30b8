/* SPDX-License-Identifier: MIT
 *
 * Allocations of every kind; sites.c and wrappers.c make them, sites-check.c asks
 * which site each object came from.
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

/* Wrappers that allocate for themselves too. */
struct log_entry {
    struct log_entry *next;
    const char *text;
    long number;
};
extern struct log_entry *log_entries;
void *logged_get(size_t size);
void *found_or_get(size_t size);

/* Calls of allocators through pointers. */
struct allocator {
    void *(*get)(void *ctx, unsigned count, unsigned size);
    struct {
        void *(*inner)(size_t size);
    } nested;
};
typedef struct {
    void *(*allocate)(size_t size);
    void (*give)(void *p);
} hooks;
extern struct allocator allocator;
extern hooks hooks_in_use;
extern void *(*get_hook)(size_t size);

/* Name of the expected type and flags of every object. */
struct expectation {
    const char *what, *type;
    unsigned flags;
    const void *object;
};
extern struct expectation expectations[];
extern unsigned n_expectations;
void make_all(int n);
