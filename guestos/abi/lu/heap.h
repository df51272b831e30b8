/* SPDX-License-Identifier: MIT
 *
 * Memory layout of a component's heap, as the state engine and the agent read
 * it in another version's memory.  Memory is segregated by allocation site, so
 * that the tables below tell the type of every object: no header per object, no
 * table of objects.
 *
 * struct lu_heap lies at LU_VA_HEAPMETA.  The heap window is cut into units of
 * LU_HEAP_UNIT bytes; a span is a run of units that holds objects of one site and
 * one size.  units[] names the span of each unit, so interior pointer -> object
 * takes constant time: unit, span, division by the stride.
 */
#pragma once

#include <lu/types.h>

#define LU_HEAP_MAGIC 0x3250414548554cull /* "LUHEAP2" */
#define LU_HEAP_UNIT 512u
#define LU_HEAP_UNITS ((uint32_t)((LU_VA_HEAP_END - LU_VA_HEAP) / LU_HEAP_UNIT))
#define LU_HEAP_SPAN_OBJS 128u

/* The pass makes one of these per allocation site, writable, in section
 * .lu.cells; its address identifies the site.  The allocator keeps the site's
 * bins in it.  Zero at start. */
struct lu_site_cell {
    uint64_t bins; /* allocator's */
};

/* An entry of units[]: index into spans[] from 1; 0 = free.  The first and the last unit of a
 * free run carry LU_HEAP_FREE and the allocator's record of the run. */
#define LU_HEAP_FREE 0x80000000u

struct lu_heap_span {
    uint64_t live[LU_HEAP_SPAN_OBJS / 64]; /* bit i: object i is in use */
    uint32_t base;                         /* address of object 0 */
    uint32_t stride;                       /* bytes from one object to the next, multiple of 16 */
    uint32_t n_units;                      /* length of the span */
    uint32_t req;    /* bytes asked for per object; = stride: they differ, and what was not
                        asked for is zero */
    uint64_t site;   /* address of the struct lu_site_cell, 0 = untyped */
    uint16_t n_objs; /* places for objects; 0 = this record is no span */
    uint16_t state;  /* allocator's, like the rest */
    uint32_t recip, bin, next, prev;
    uint32_t pad;
};
_Static_assert(sizeof(struct lu_heap_span) == 64, "lu_heap_span is ABI, and one cache line");

struct lu_heap {
    uint64_t magic;
    uint64_t units;   /* address of uint32_t[n_units] */
    uint64_t spans;   /* address of struct lu_heap_span[n_spans]; entry 0 is no span */
    uint32_t n_units; /* units of the window ever used: what lies beyond is free */
    uint32_t n_spans;
    uint64_t live_bytes, live_objs; /* as of the latest lu_heap_usage */
    uint64_t pad[2];
};
_Static_assert(sizeof(struct lu_heap) == 64, "lu_heap is ABI");
