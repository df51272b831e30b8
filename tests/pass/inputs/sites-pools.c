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
