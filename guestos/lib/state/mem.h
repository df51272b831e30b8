/* SPDX-License-Identifier: MIT
 *
 * The engine's own memory: thin helpers over struct st_mem, and an array sort.
 */
#pragma once

#include <st/err.h>
#include <stdbool.h>
#include <string.h>

/* Zeroed array of n elements of `size` bytes; NULL when there is no memory.  n = 0 gives a
 * pointer that may be freed. */
void *st_mem_array(const struct st_mem *mem, size_t n, size_t size);
void st_mem_free_array(const struct st_mem *mem, void *p, size_t n, size_t size);

/* Makes room for one more element in an array of *cap: the array (moved, new part
 * zeroed), or NULL with nothing changed. */
void *st_mem_grow(const struct st_mem *mem, void *p, uint32_t n, uint32_t *cap, size_t size);

/* Sorts indices by less(ctx, a, b); in place, n log n, no recursion. */
void st_sort(uint32_t *index, uint32_t n, bool (*less)(const void *ctx, uint32_t a, uint32_t b),
             const void *ctx);

/* FNV-1a 64, as in lu_literal.hash. */
uint64_t st_hash(const void *p, size_t n);
