/* SPDX-License-Identifier: MIT
 *
 * The transfer's inside.  Old memory is read through a small cache.  The
 * places of moved heap objects are kept per old span: one entry per object with
 * its new address and the old address of the pointer that first led to it (for
 * paths in messages).  A log lists reached heap objects in order: the trace reads
 * it while it grows, the transfer goes over it again.
 *
 * Objects of an untyped site wait until the rest is traced: a pointer with LU_LEN
 * may yet say what they are.  Such an object has a shape of its own, a copy of its
 * span that is typed.  What nothing typed is looked through and copied.
 */
#pragma once

#include "heap-view.h"
#include "plan-core.h"

#define XFER_CACHE_LINES 256u
#define XFER_CACHE_LINE 512u
#define XFER_LOG_BLOCK 1020u
#define XFER_HANDLER_MAX 65536u

struct xfer_moved {
    uint32_t to;   /* new address, 0 = not reached */
    uint32_t from; /* old address of the pointer that led here, 0 = none (a grant) */
};

enum {
    SPAN_TYPED = 1,
    SPAN_ARRAY = 2,
    SPAN_TAIL = 4,
    SPAN_FLEXIBLE = 8,
    SPAN_COPY = 16,
    SPAN_COUNTED = 32, /* typed by LU_LEN */
    SPAN_SHORT = 64,   /* smaller than its type: not typed, but pair and type are known */
};

#define XFER_PENDING 1u /* xfer_moved.to: reached, will be given a place */

struct xfer_span {
    struct heap_view_span v;
    struct xfer_span *base;   /* itself; of a shape: the span */
    struct xfer_span *shapes; /* of a span: those made so far ... */
    struct xfer_span *next;   /* ... chained here */
    struct xfer_span **own; /* of a span: per object, NULL = the span's; NULL = no object has one */
    uint32_t flags;
    uint32_t pair, old_type; /* typed */
    uint64_t old_size;       /* of one object, as asked for */
    uint64_t new_size;
    uint64_t count;    /* elements of the type: 1 but for arrays */
    uint64_t old_head; /* bytes that the type covers: what follows is the tail */
    uint64_t new_head;
    uint64_t cell; /* new site's */
    uint64_t n_reached;
    struct xfer_moved *moved; /* n_objs */
    uint32_t *origin;         /* n_objs, with st_xfer.origin: what they were */
};

struct xfer_block {
    struct xfer_block *next;
    uint32_t n, pad;
    uint32_t addr[XFER_LOG_BLOCK];
};

struct xfer_log {
    struct xfer_block *first, *last;
};

/* A position in a log. */
struct xfer_cursor {
    struct xfer_block *block;
    uint32_t i;
};

enum place_kind {
    PLACE_NONE = 0,
    PLACE_GLOBAL,
    PLACE_HEAP,
    PLACE_FUNC,
    PLACE_LITERAL,
    PLACE_DEVICE,
};

struct place {
    enum place_kind kind;
    uint64_t base, size;
    uint32_t index; /* global, function, literal; heap: object in its span */
    struct xfer_span *span;
};

/* The complete object that is being walked: flexible arrays end with it. */
struct xfer_object {
    uint64_t old_addr, old_end;
    uint64_t new_addr, new_end;
    uint64_t origin; /* with st_xfer.origin: the object that it was, 0 = not known */
    uint8_t *data;   /* new object; NULL while tracing */
};

struct xfer_frame {
    uint32_t pair;
    uint64_t old_addr, new_off; /* new_off: in xfer_object.data */
    uint64_t i, n;              /* operations, or elements that both sides have */
    uint64_t old_stride, new_stride;
    unsigned how;
};

#define HOW_LOSE 1u /* a rule allows losses */
#define HOW_SCAN 2u /* in a union that nothing tags: pointers may be no pointers */

/* A table of constants in both versions, and which entry is which. */
struct xfer_table {
    struct xfer_table *next;
    uint32_t pair;                                   /* of the entries */
    uint64_t old_addr, old_size, new_addr, new_size; /* sizes: of an entry */
    uint32_t old_n, new_n;
    uint32_t start, end; /* entries that both start and end with */
    uint32_t *middle;    /* per old entry in between: new one - start + 1, 0 = none */
    bool making;         /* is being compared: its entries are not known yet */
    bool weak;           /* entries lead to each other: equality says less */
};

/* What xfer_map looks for in a constant. */
struct xfer_constant {
    uint64_t at; /* old address, 0: it is in no constant */
    uint64_t old_end, new_end;
};

struct st_xfer {
    const struct st_transfer_args *args;
    const struct st_plan *plan;
    const struct st_view *view;
    struct st_err *err;
    struct st_stats stats;
    enum lu_step step;
    bool writing;   /* transfer, not trace */
    bool comparing; /* converts constants to compare them (xfer-table.c): what can't be is ... */
    bool odd;       /* ... left out, and this set */
    int error;      /* a handler failed and said why */
    /* What is being converted: old address, type (0: unknown, or ST_PATH_LEAF), and the
     * name of a bit-field in it (or NULL). */
    uint64_t at;
    uint32_t at_type;
    const char *at_field;
    uint64_t union_at; /* the outermost union that is being scanned */
    uint32_t union_type;
    struct heap_view heap;
    /* cache of old memory */
    struct {
        uint64_t line; /* address + 1, 0 = empty */
        uint8_t *data;
    } cache[XFER_CACHE_LINES];
    uint8_t *cache_data;
    /* heap */
    struct xfer_span **spans;
    uint32_t n_spans, cap_spans;
    uint32_t *span_of_unit; /* per unit of the old heap: span + 1; ~0 = free */
    struct xfer_log log;    /* heap objects in the order in which they were reached */
    struct xfer_log typed;  /* those that LU_LEN gave a type, each time it did */
    struct xfer_cursor traced, traced_typed, scanned, moved;
    bool placed;                /* untyped objects have their places */
    bool pending;               /* some wait for theirs */
    bool doubtful;              /* one is used as a type that it does not have (yet) */
    uint32_t *literals;         /* per old literal: new address, 0 = not looked up */
    struct xfer_tables *tables; /* of constants, NULL = none yet */
    struct xfer_constant constant;
    /* The way back (xfer-origin.c): a reader of the state before the update, what the pointer
     * that is converted was there, and where it should lead now; 0 = not known. */
    struct st_xfer *origin;
    uint64_t hint, want;
    struct xfer_object object;
    uint8_t nothing[1]; /* data of empty objects */
    struct xfer_frame frames[ST_MAX_NEST + 4];
    unsigned depth;
    uint64_t done;
};

/* xfer-open.c: args, plan, view and err are set, the rest is zero */
int xfer_open(struct st_xfer *x);
int xfer_open_reader(struct st_xfer *x); /* without the heap: there seem to be no objects */
void xfer_close(struct st_xfer *x);

/* xfer-read.c */
int xfer_read(struct st_xfer *x, uint64_t addr, void *buf, size_t len);
int xfer_word(struct st_xfer *x, uint64_t addr, unsigned size, uint64_t *ret); /* 1..8 bytes */
int xfer_is_zero(struct st_xfer *x, uint64_t addr, uint64_t len, bool *ret);

/* xfer-span.c: what the objects of a page are, and become */
int xfer_span_at(struct st_xfer *x, uint64_t addr, struct xfer_span **ret); /* NULL: none */
/* A pointer whose pointees form that pair leads to the span. */
void xfer_span_suit(struct st_xfer *x, struct xfer_span *s, uint32_t pair);
void xfer_span_align(const struct st_xfer *x, struct xfer_span *s); /* new_size, by new type */
void xfer_span_free(struct st_xfer *x, struct xfer_span *s);

/* xfer-place.c: what lies at an old address */
int xfer_place(struct st_xfer *x, uint64_t addr, struct place *ret);  /* containing */
int xfer_ending(struct st_xfer *x, uint64_t addr, struct place *ret); /* ending there */
int xfer_reach(struct st_xfer *x, const struct place *heap, uint64_t from, uint64_t *ret_new);
int xfer_allot(struct st_xfer *x, const struct place *heap); /* a place for a reached object */
uint64_t xfer_room(const struct st_xfer *x, const struct place *p, uint64_t addr); /* to its end */

/* xfer-log.c */
/* What a pass does with a logged object: everything, only if its site types it, only if
 * LU_LEN does, or only if nothing does. */
enum heap_which { HEAP_ALL, HEAP_SITE, HEAP_COUNTED, HEAP_UNTYPED };
bool xfer_is_which(const struct xfer_span *s, enum heap_which which);
int xfer_log_add(struct st_xfer *x, struct xfer_log *log, uint64_t addr);
int xfer_log_next(const struct xfer_log *log, struct xfer_cursor *cursor, uint64_t *ret_addr);
void xfer_log_free(struct st_xfer *x, struct xfer_log *log);

/* xfer-heap.c: the heap objects of both passes */
int xfer_heap_trace(struct st_xfer *x); /* all that was reached, and gives them places */
int xfer_heap_write(struct st_xfer *x); /* all that was not yet */

/* xfer-origin.c */
void xfer_hint(struct st_xfer *x, uint64_t new_off, unsigned size);
/* The pointer leads to a heap object, now at `new_base`. */
void xfer_want_heap(struct st_xfer *x, const struct place *p, uint64_t new_base);

/* transfer.c */
/* st_transfer_run; with `origin` as in struct st_xfer. */
int xfer_run(const struct st_transfer_args *args, struct st_xfer *origin,
             struct st_stats *ret_stats, enum lu_step *ret_step, struct st_err *err);
int xfer_progress(struct st_xfer *x, bool always);
int xfer_globals(struct st_xfer *x);

/* xfer-length.c: what LU_LEN says about a member at `addr`, a structure's at `owner` */
int xfer_length(struct st_xfer *x, const struct plan_op *op, uint64_t owner);

/* xfer-map.c: places in an object */
/* New address of old byte `offset` of `count` objects of a pair in a row, the first now at
 * `base`.  With count 0, of one object, and its end is not the end of the row. */
int xfer_map(struct st_xfer *x, uint32_t pair, uint64_t count, uint64_t offset,
             uint32_t old_pointee, uint32_t new_pointee, uint64_t base, uint64_t *ret);
/* Do two types of one description mean the same to a pointer? */
bool xfer_types_agree(const struct st_desc *d, uint32_t i, uint32_t j);
/* How well a pointer to `pointee` suits: not, as any bytes, by its type. */
enum xfer_fit { FIT_NOT = 0, FIT_BYTES, FIT_TYPE };
/* ... one past an array that ends where an object of the type does. */
enum xfer_fit xfer_ends_with(const struct st_desc *d, uint32_t type, uint32_t pointee);
/* ... what starts where an object of the type does. */
enum xfer_fit xfer_starts_with(const struct st_desc *d, uint32_t type, uint32_t pointee);

/* xfer-table.c: which entry of a constant table is which.  The key says where the tables are. */
int xfer_table(struct st_xfer *x, const struct xfer_table *key, const struct xfer_table **ret);
#define XFER_NO_ENTRY (~0ull)
uint64_t xfer_table_entry(const struct xfer_table *t, uint64_t i);
void xfer_tables_free(struct st_xfer *x);

/* xfer-pointer.c: where an old pointer leads in the new version */
/* The first literal of that content, or 0. */
uint64_t xfer_literal(const struct st_desc *d, uint64_t hash, uint32_t size);
/* The object that a pointer which is not null means, in the old version. */
int xfer_meant(struct st_xfer *x, uint64_t value, uint32_t pointee, struct place *ret);
int xfer_pointer(struct st_xfer *x, uint64_t value, uint32_t old_pointee, uint32_t new_pointee,
                 uint32_t pointee_pair, uint64_t *ret);
/* Is this word the address of something the old version owns? */
int xfer_looks_like_pointer(struct st_xfer *x, uint64_t word, bool *ret);

/* xfer-number.c */
int xfer_number(struct st_xfer *x, const struct plan_pair *pair, uint64_t old_addr, uint8_t *to,
                bool may_lose);
int xfer_bits(struct st_xfer *x, const struct plan_op *op, uint64_t old_addr, uint8_t *base,
              bool may_lose);
int xfer_bits_get(struct st_xfer *x, const struct plan_bits *bits, uint64_t addr, int64_t *ret);
int64_t xfer_bits_peek(const struct plan_bits *bits, const uint8_t *from);
void xfer_bits_put(const struct plan_bits *bits, uint8_t *to, int64_t value);

/* xfer-loss.c: what the new version has no place for */
/* Bytes from `offset` of an object on that are all value, or all padding: at least 1. */
uint64_t xfer_value_run(const struct st_desc *d, uint32_t type, uint64_t offset, bool *ret_value);
/* Are all bytes that hold values (not padding) of objects of that type zero? */
int xfer_is_empty(struct st_xfer *x, uint64_t addr, uint64_t len, uint32_t type, bool *ret);
/* Loss at old address `addr` unless it holds nothing. */
int xfer_gone(struct st_xfer *x, uint64_t addr, uint64_t len, uint32_t type, bool may_lose,
              const char *what);
/* The same for what is not transferred by rule or annotation: counted. */
int xfer_kept_back(struct st_xfer *x, uint64_t addr, uint64_t len, uint32_t type);
/* A loss at x->at: an error unless allowed. */
int xfer_lose(struct st_xfer *x, bool may_lose, const char *what);

/* xfer-walk.c: converts (or traces) an object by a pair */
int xfer_walk(struct st_xfer *x, uint32_t pair, uint64_t old_addr, uint64_t new_off, bool may_lose);
/* Is this error, by a lenient plan, only something that is left out? */
bool xfer_tolerates(const struct st_xfer *x, int error);
int xfer_copy(struct st_xfer *x, uint64_t old_addr, uint8_t *to, uint64_t len);
int xfer_scan(struct st_xfer *x, uint64_t old_addr, uint64_t len, const char *what);
int xfer_handle(struct st_xfer *x, const struct st_handler *h, uint32_t old_type, uint32_t new_type,
                uint64_t old_addr, uint64_t old_size, uint64_t new_off);

/* xfer-path.c */
/* `field`: a bit-field in the part of type `to`, or NULL. */
void xfer_path(struct st_xfer *x, uint64_t addr, uint32_t to, const char *field, char *buf,
               size_t size);
void xfer_at(struct st_xfer *x, uint64_t addr, uint32_t type, const char *field);
/* Error at the old address x->at. */
int xfer_fail(struct st_xfer *x, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#ifdef __clang_analyzer__ /* as in st/err.h */
#define xfer_fail(x, code, ...) ((void)xfer_fail(x, code, __VA_ARGS__), (code))
#endif
