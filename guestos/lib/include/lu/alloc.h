/* SPDX-License-Identifier: MIT
 *
 * The component's heap.  Memory is segregated by allocation site (lu/heap.h), so
 * its place tells the type of everything in it.  The pass turns each allocation of
 * the source into the lu_heap_* call with the site's cell; plain malloc and
 * friends (uninstrumented code) allocate untyped.
 *
 * Hardened: double free, and free of a pointer that is not an object's start, end
 * the component.  Spans given back are unmapped or zeroed: a read finds nothing of
 * the old content, a write is a fault or is found when the memory is used again.
 * malloc(0) gives a unique pointer.  Alignment is 16.  Not thread-safe: components
 * are single-threaded.
 */
#pragma once

#include <lu/heap.h>

/* The cell of the outermost call of an allocation wrapper, else NULL.  Set and
 * restored by instrumented callers.  What the wrapper hands on is allocated for it. */
extern struct lu_site_cell *__lu_site;

/* As malloc, calloc, realloc and aligned_alloc; `cell` may be NULL (code without
 * instrumentation: __lu_site, and untyped if there is none).  NULL when there is no memory
 * (or size or alignment are impossible).  A realloc at the object's own site that stays in its
 * size class stays in place, a large object also when what follows is free; any other goes to
 * memory of `cell`. */
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

/* --- what the system below provides: heap-guest.c in a component, heap-host.c in a process of
 * the host --- */

/* Maps zeroed writable pages at exactly `addr`: 0 or -LU_E... */
int lu_heap_sys_map(uint64_t addr, uint64_t len);
void lu_heap_sys_unmap(uint64_t addr, uint64_t len);
/* The heap was abused: says so and ends the component. */
struct lu_heap_abuse {
    const char *what;
    uint64_t addr;   /* the pointer, or the memory */
    uint64_t object; /* the object that it leads to or into, 0 = none */
    uint64_t size;   /* its bytes, at most */
    uint64_t site;   /* address of its site's cell, 0 = untyped */
    uint64_t caller; /* code that gave the pointer back, 0 = unknown */
};
/* "heap: double free: 0x10000040, object 0x10000040 of 24 bytes, site 0x429330, by 0x40a123"; cut
 * if it does not fit. */
void lu_heap_abuse_text(const struct lu_heap_abuse *abuse, char *buf, size_t size);
_Noreturn void lu_heap_sys_die(const struct lu_heap_abuse *abuse);
