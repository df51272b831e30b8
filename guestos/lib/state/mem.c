/* SPDX-License-Identifier: MIT
 *
 * The engine's own memory.
 */
#include "mem.h"

void *st_mem_array(const struct st_mem *mem, size_t n, size_t size)
{
    size_t bytes;
    void *p;

    if (__builtin_mul_overflow(n ? n : 1, size, &bytes))
        return NULL;
    p = mem->alloc(mem->ctx, bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

void st_mem_free_array(const struct st_mem *mem, void *p, size_t n, size_t size)
{
    if (p)
        mem->free(mem->ctx, p, (n ? n : 1) * size);
}

void *st_mem_grow(const struct st_mem *mem, void *p, uint32_t n, uint32_t *cap, size_t size)
{
    uint32_t want = *cap ? *cap * 2 : 16;
    void *q;

    if (n < *cap)
        return p;
    if (want <= *cap)
        return NULL;
    q = st_mem_array(mem, want, size);
    if (!q)
        return NULL;
    if (p) {
        memcpy(q, p, (size_t)n * size);
        st_mem_free_array(mem, p, *cap, size);
    }
    *cap = want;
    return q;
}

static void sift_down(uint32_t *a, uint32_t i, uint32_t n,
                      bool (*less)(const void *ctx, uint32_t x, uint32_t y), const void *ctx)
{
    for (uint64_t child; (child = 2ull * i + 1) < n; i = (uint32_t)child) {
        uint32_t tmp;

        if (child + 1 < n && less(ctx, a[child], a[child + 1]))
            child++;
        if (!less(ctx, a[i], a[child]))
            return;
        tmp = a[i];
        a[i] = a[child];
        a[child] = tmp;
    }
}

void st_sort(uint32_t *index, uint32_t n, bool (*less)(const void *ctx, uint32_t a, uint32_t b),
             const void *ctx)
{
    for (uint32_t i = n / 2; i-- > 0;)
        sift_down(index, i, n, less, ctx);
    for (uint32_t end = n; end > 1;) {
        uint32_t tmp = index[--end];

        index[end] = index[0];
        index[0] = tmp;
        sift_down(index, 0, end, less, ctx);
    }
}

uint64_t st_hash(const void *p, size_t n)
{
    const uint8_t *s = p;
    uint64_t h = 0xcbf29ce484222325ull;

    for (size_t i = 0; i < n; i++)
        h = (h ^ s[i]) * 0x100000001b3ull;
    return h;
}
