/* SPDX-License-Identifier: MIT
 *
 * Allocator of the pass's tests: see heap-stub.h.
 */
#include "heap-stub.h"

#include <stdlib.h>
#include <string.h>

#define OBJECTS 4096

struct lu_site_cell *__lu_site;

static struct {
    const void *object;
    const struct lu_site_cell *cell;
} objects[OBJECTS];
static size_t n_objects;

extern void *__libc_malloc(size_t n);

static void *remember(void *p, const struct lu_site_cell *cell)
{
    if (n_objects == OBJECTS)
        abort();
    objects[n_objects].object = p;
    objects[n_objects++].cell = cell ? cell : __lu_site;
    return p;
}

/* The C library's own functions (strdup) come here, as they do in a component. */
void *malloc(size_t n)
{
    return __lu_site ? remember(__libc_malloc(n), NULL) : __libc_malloc(n);
}

void *lu_heap_alloc(size_t n, struct lu_site_cell *cell)
{
    return remember(__libc_malloc(n), cell);
}

void *lu_heap_calloc(size_t n, size_t m, struct lu_site_cell *cell)
{
    return remember(memset(__libc_malloc(n * m), 0, n * m), cell);
}

void *lu_heap_realloc(void *old, size_t n, struct lu_site_cell *cell)
{
    (void)old;
    return remember(__libc_malloc(n), cell);
}

void *lu_heap_aligned_alloc(size_t align, size_t n, struct lu_site_cell *cell)
{
    return remember(aligned_alloc(align, (n + align - 1) / align * align), cell);
}

const struct lu_site_cell *heap_cell_of(const void *object)
{
    for (size_t i = n_objects; i-- > 0;)
        if (objects[i].object == object)
            return objects[i].cell;
    return NULL;
}
