/* SPDX-License-Identifier: MIT
 *
 * Memory of one parse: everything is freed together.  Allocations are zeroed
 * and aligned for any type; NULL means out of memory.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct scn_arena;

struct scn_arena *scn_arena_new(void);
void scn_arena_free(struct scn_arena *a);
void *scn_alloc(struct scn_arena *a, size_t size);
char *scn_strndup(struct scn_arena *a, const char *s, size_t n);
char *scn_printf(struct scn_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
