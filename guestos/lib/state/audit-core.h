/* SPDX-License-Identifier: MIT
 *
 * Inside the audit: audit.c goes over all objects, audit-value.c checks a value by its
 * type, audit-target.c says whether a pointer's target is what it should be,
 * audit-heap.c knows the heap.  Memory is read through one window that moves.
 */
#pragma once

#include "heap-view.h"
#include "mem.h"

#include <st/audit.h>

#define AUDIT_WINDOW 16384u

enum audit_mode {
    AUDIT_NORMAL = 0,
    AUDIT_PLAIN,   /* SXFER: pointers are numbers */
    AUDIT_POINTER, /* PXFER: integers may be pointers */
};

struct audit_span {
    struct heap_view_span v;
    const struct lu_site *site; /* NULL: untyped */
    uint64_t size;              /* bytes that an object holds */
    uint32_t live;              /* first word in st_audit.live */
};

/* `count` elements of a type at an address, as LU_LEN says of untyped memory. */
struct audit_work {
    uint64_t addr, count;
    uint32_t type;
};

/* Where a pointer leads. */
struct audit_place {
    uint64_t base, size; /* the object; size 0: no known object */
    bool untyped;        /* heap memory of unknown type */
};

struct st_audit {
    const struct st_desc *d;
    const struct st_view *view;
    const struct st_mem *mem;
    struct st_err *err;
    struct st_audit_stats stats;
    const struct st_handler *without; /* not looked into; may be NULL */
    uint8_t *interesting;             /* per type: 0 not known yet, 1 no, 2 yes */
    /* heap */
    struct heap_view heap;
    struct audit_span *spans;
    uint32_t n_spans, cap_spans;
    uint32_t *span_of_unit; /* span + 1, 0 = free */
    uint64_t *live;
    uint32_t n_live, cap_live;
    /* memory that was read last */
    uint8_t *window;
    uint64_t window_addr, window_len;
    /* the object under audit */
    char name[ST_PATH_MAX];
    uint64_t first, count, end; /* its elements and its end */
    uint32_t root_type;
    /* untyped memory that is to be audited; done before it: a hash of what was */
    struct audit_work *work;
    uint32_t n_work, cap_work, next_work;
    uint32_t *done; /* work + 1 */
    uint32_t n_done;
};

/* A structure and what its anonymous parts call their siblings. */
struct audit_home {
    const struct lu_type *type;
    uint64_t addr;
};

/* --- audit.c --- */
/* Bytes of the image, at most AUDIT_WINDOW; valid until the next call.  NULL: not readable
 * (said). */
const uint8_t *audit_bytes(struct st_audit *a, uint64_t addr, uint64_t len);
/* Asks for untyped memory to be audited as `count` elements of `type`. */
int audit_later(struct st_audit *a, uint64_t addr, uint32_t type, uint64_t count);

/* --- audit-value.c --- */
/* Is there anything in objects of this type that can be wrong? */
bool audit_interesting(struct st_audit *a, uint32_t type);
/* Checks one object of `type` at `addr`, the annotations of which say `mode`. */
int audit_value(struct st_audit *a, uint32_t type, enum audit_mode mode, uint64_t addr);
/* What annotations say: those of the thing itself, else those of its type, else those of what
 * surrounds it. */
enum audit_mode audit_mode(const struct st_audit *a, uint32_t type, uint32_t flags,
                           enum audit_mode outer);

/* --- audit-target.c --- */
/* Pointer value -> 0, or the code of what is wrong with it: -LU_ETARGET, -LU_EMISMATCH; *ret_why
 * = a phrase for the message. */
int audit_target(struct st_audit *a, uint64_t value, uint32_t pointee, const char **ret_why);
/* The object that a pointer leads into (not only to the end of). */
void audit_place(const struct st_audit *a, uint64_t value, struct audit_place *ret);

/* --- audit-heap.c --- */
int audit_heap_open(struct st_audit *a);
void audit_heap_close(struct st_audit *a);
bool audit_heap_live(const struct st_audit *a, const struct audit_span *s, uint32_t index);
/* The span that covers an address, NULL = none; *ret_index = which object's place it is in. */
const struct audit_span *audit_heap_at(const struct st_audit *a, uint64_t addr,
                                       uint32_t *ret_index);
