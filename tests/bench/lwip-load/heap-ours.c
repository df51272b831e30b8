/* SPDX-License-Identifier: MIT
 *
 * The server's heap is the component's.  Code that was not instrumented calls malloc;
 * in a component that is the heap's, here it would be the host's, so lwIP is built to
 * call plain_malloc instead.
 */
#include <lu/alloc.h>
#include <stdio.h>

#include "load.h"

void *plain_malloc(size_t n);
void *plain_calloc(size_t n, size_t m);

void *plain_malloc(size_t n)
{
    return lu_heap_alloc(n, NULL);
}

void *plain_calloc(size_t n, size_t m)
{
    return lu_heap_calloc(n, m, NULL);
}

int load_heap_done(const char *path)
{
    struct lu_heap_usage usage;

    (void)path;
    lu_heap_usage(&usage);
    printf("live at the end: %llu objects, %llu bytes; mapped: %llu, tables: %llu\n",
           (unsigned long long)usage.live_objs, (unsigned long long)usage.live_bytes,
           (unsigned long long)usage.mapped_bytes, (unsigned long long)usage.meta_bytes);
    return 0;
}
