/* SPDX-License-Identifier: MIT
 *
 * Allocation wrappers as libraries have them, one on top of the other.
 */
#include "sites.h"

#include <stdlib.h>
#include <string.h>

static struct owner owner;
struct owner *g_owner = &owner;
struct item *g_elsewhere;

void *pool_get(size_t size)
{
    return malloc(size + 8);
}

void *pool_zeroed(size_t n, size_t size)
{
    void *p = pool_get(n * size);

    return p ? memset(p, 0, n * size) : NULL;
}

void *pool_take(enum pool which)
{
    return pool_get(which == POOL_ITEM ? sizeof(struct item) : sizeof(struct header) + 100);
}

int out_get(size_t size, void *ret)
{
    void *p = pool_get(size);

    memcpy(ret, &p, sizeof(p));
    return p ? 0 : 1;
}

void *declared(size_t n, size_t size)
{
    return calloc(n, size);
}

/* The log's entry is not what the caller asked for. */
struct log_entry *log_entries;

static struct log_entry *log_new(const char *text, size_t number)
{
    struct log_entry *e = malloc(sizeof(*e));

    e->next = log_entries;
    e->text = text;
    e->number = (long)number;
    return e;
}

void *logged_get(size_t size)
{
    struct log_entry *e = log_new("get", size);
    char *note;
    void *p;

    log_entries = e;
    note = strdup("noted");
    e->text = note;
    p = pool_get(size);
    return p ? (char *)p + 0 : NULL;
}

/* What is handed on comes back from a variable. */
static struct {
    void *last;
} cache;

void *found_or_get(size_t size)
{
    cache.last = malloc(size);
    return cache.last;
}

static void *counted_get(void *ctx, unsigned count, unsigned size)
{
    (void)ctx;
    return pool_get((size_t)count * size);
}

struct allocator allocator = {.get = counted_get, .nested = {pool_get}};
hooks hooks_in_use = {.allocate = malloc, .give = free};
void *(*get_hook)(size_t size) = pool_get;
