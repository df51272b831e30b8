/* SPDX-License-Identifier: MIT
 *
 * The component's heap.  Pages are segregated by allocation site (lu/heap.h), so
 * a page tells the type of everything on it.  The pass turns each allocation of
 * the source into the lu_heap_* call with the site's cell; plain malloc and
 * friends (uninstrumented code) allocate untyped.
 *
 * Hardened: double free, free of a foreign or misaligned pointer, and writes to
 * freed pages end the component.  malloc(0) gives a unique pointer.  Alignment is
 * 16.  Not thread-safe: components are single-threaded.
 */
#pragma once

#include <lu/heap.h>

/* The cell of the outermost call of an allocation wrapper, else NULL.  Set and
 * restored by instrumented callers.  What the wrapper hands on is allocated for it. */
extern struct lu_site_cell *__lu_site;

/* As malloc, calloc, realloc and aligned_alloc; `cell` may be NULL (code without
 * instrumentation: __lu_site, and untyped if there is none).  NULL when
 * there is no memory (or size or alignment are impossible).  A realloc that stays in
 * its size class stays in place; one that moves goes to `cell`'s pages. */
void *lu_heap_alloc(size_t n, struct lu_site_cell *cell);
void *lu_heap_calloc(size_t n, size_t m, struct lu_site_cell *cell);
void *lu_heap_realloc(void *p, size_t n, struct lu_site_cell *cell);
void *lu_heap_aligned_alloc(size_t align, size_t n, struct lu_site_cell *cell);
void lu_heap_free(void *p);

/* Gives all empty spans back to the system; the allocator keeps a few otherwise. */
void lu_heap_trim(void);

/* True once something was allocated: the tables of lu/heap.h exist. */
_Bool lu_heap_exists(void);

struct lu_heap_usage {
    uint64_t live_objs, live_bytes; /* as strides */
    uint64_t mapped_bytes;          /* heap pages that the system gave us */
    uint64_t meta_bytes;            /* tables */
};
/* Exact counts, by walking the page table; also refreshes struct lu_heap's. */
void lu_heap_usage(struct lu_heap_usage *ret);

/* --- what the system below provides: lib/heap/guest.c in a component, the test
 * support on a host --- */

/* Maps zeroed writable pages at exactly `addr`: 0 or -LU_E... */
int lu_heap_sys_map(uint64_t addr, uint64_t len);
void lu_heap_sys_unmap(uint64_t addr, uint64_t len);
/* The heap was abused or is corrupt: says so and ends the component. */
_Noreturn void lu_heap_sys_die(const char *why, uint64_t addr);
