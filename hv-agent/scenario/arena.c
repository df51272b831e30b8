/* SPDX-License-Identifier: MIT
 *
 * One malloc per allocation, chained: documents are small and a sanitizer sees
 * every overrun.
 */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
    struct block *next;
    _Alignas(max_align_t) unsigned char bytes[];
};

struct scn_arena {
    struct block *blocks;
};

struct scn_arena *scn_arena_new(void)
{
    return calloc(1, sizeof(struct scn_arena));
}

void scn_arena_free(struct scn_arena *a)
{
    struct block *b, *next;

    if (!a)
        return;
    for (b = a->blocks; b; b = next) {
        next = b->next;
        free(b);
    }
    free(a);
}

void *scn_alloc(struct scn_arena *a, size_t size)
{
    struct block *b;

    if (size > (size_t)1 << 30)
        return NULL;
    b = calloc(1, sizeof(*b) + size);
    if (!b)
        return NULL;
    b->next = a->blocks;
    a->blocks = b;
    return b->bytes;
}

char *scn_strndup(struct scn_arena *a, const char *s, size_t n)
{
    char *copy = scn_alloc(a, n + 1);

    if (copy)
        memcpy(copy, s, n);
    return copy;
}

char *scn_printf(struct scn_arena *a, const char *fmt, ...)
{
    va_list ap;
    char *s;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return NULL;
    s = scn_alloc(a, (size_t)n + 1);
    if (!s)
        return NULL;
    va_start(ap, fmt);
    vsnprintf(s, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return s;
}
