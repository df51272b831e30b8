/* SPDX-License-Identifier: MIT
 *
 * For lwIP without instrumentation: the allocator of the load (heap-ours.c).
 */
#pragma once

#include <stddef.h>

void lu_heap_free(void *p);
void *plain_malloc(size_t n);
void *plain_calloc(size_t n, size_t m);
