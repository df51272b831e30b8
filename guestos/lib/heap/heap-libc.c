/* SPDX-License-Identifier: MIT
 *
 * The C library's names for the heap: allocations of code that was not
 * instrumented are untyped (unless an instrumented caller set __lu_site).
 */
#include <errno.h>
#include <lu/alloc.h>
#include <string.h>

void *malloc(size_t n)
{
    return lu_heap_alloc(n, NULL);
}

void *calloc(size_t n, size_t m)
{
    return lu_heap_calloc(n, m, NULL);
}

void *realloc(void *p, size_t n)
{
    return lu_heap_realloc(p, n, NULL);
}

void *aligned_alloc(size_t align, size_t n)
{
    return lu_heap_aligned_alloc(align, n, NULL);
}

int posix_memalign(void **ret, size_t align, size_t n)
{
    void *p;

    if (align < sizeof(void *) || (align & (align - 1)))
        return EINVAL;
    p = lu_heap_aligned_alloc(align, n, NULL);
    if (!p)
        return ENOMEM;
    *ret = p;
    return 0;
}

void *reallocarray(void *p, size_t n, size_t m)
{
    size_t size;

    if (__builtin_mul_overflow(n, m, &size))
        return NULL;
    return lu_heap_realloc(p, size, NULL);
}

void free(void *p)
{
    lu_heap_free(p);
}

char *strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = lu_heap_alloc(n, NULL);

    return p ? memcpy(p, s, n) : NULL;
}

char *strndup(const char *s, size_t max)
{
    size_t n = strnlen(s, max);
    char *p = lu_heap_alloc(n + 1, NULL);

    if (!p)
        return NULL;
    memcpy(p, s, n);
    p[n] = '\0';
    return p;
}
