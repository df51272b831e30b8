/* SPDX-License-Identifier: MIT
 *
 * Trace and transfer: follows every pointer from the old version's globals and
 * rebuilds what it reaches in the new version, in the new layout.
 *
 * The trace comes first: it finds every reachable object, gives each a place in
 * the new version (heap objects are allocated from the paired site), and fails
 * before any state was written if a pointer has no known target.  The transfer
 * then converts contents.  Work lists, no recursion; scratch memory is about 16
 * bytes per reachable heap object.  Old memory is only read, through the view.
 *
 * Constants are the new version's own.  A pointer into a table of them leads to the
 * entry that holds the same, or is told from all others by the same name, function or
 * enumerator, or was changed in its place; if there is none, or the pointer could mean
 * the table as well as its first entry, which moved, it is an error.
 *
 * Handlers: the new version may define
 *
 *     const struct st_handler lu_transfer_handlers[] = {
 *         {.kind = ST_HANDLER_TYPE, .name = "conn", .convert = conn_convert}, {0}};
 *
 * A type's handler is called for each object (or member) of that tag after the
 * automatic conversion, and may fill what rules can't express; a global's
 * likewise, by the new version's name.  With .instead set the automatic
 * conversion is left out, and no mismatch is reported inside.
 */
#pragma once

#include <lu/step.h>
#include <st/plan.h>
#include <st/view.h>

/* Where the new state goes.  */
struct st_target {
    /* Host pointer to `len` writable bytes of the new version's memory at `addr`, or
     * NULL if that is outside its image and heap. */
    void *(*map)(void *ctx, uint64_t addr, size_t len);
    /* New heap object of `size` bytes, all zero, from the site cell at address `cell` (0 =
     * untyped); its address, or 0 when there is no memory. */
    uint64_t (*alloc)(void *ctx, size_t size, uint64_t cell);
    void *ctx;
};

/* The calling process is the new version: map is the identity, limited to
 * `ranges` (writable image), its own heap window and grants; alloc is
 * lu_heap_alloc.  Link with lib/heap. */
struct st_target_self {
    const struct st_range *ranges;
    uint32_t n_ranges;
};
void st_target_self(struct st_target *ret, struct st_target_self *self);

/* --- transfer handlers --- */
struct st_xfer; /* the running transfer */

enum st_handler_kind { ST_HANDLER_TYPE = 1, ST_HANDLER_GLOBAL = 2 };

struct st_object {
    uint64_t old_addr, old_size;
    uint32_t old_type, new_type; /* indices in the descriptions */
    const void *old_data;        /* copy of the old object's bytes (first 64 KiB of it) */
    uint64_t new_addr;
    void *new_data; /* the new object, writable */
};

struct st_handler {
    uint32_t kind;    /* enum st_handler_kind; 0 ends the table */
    uint32_t instead; /* 1: replaces the automatic conversion */
    const char *name; /* tag of the new type, or name of the new global */
    int (*convert)(struct st_xfer *x, const struct st_object *o); /* 0 or -LU_E... */
};

extern const struct st_handler lu_transfer_handlers[] __attribute__((weak));

/* For handlers.  Reads old memory. */
int st_xfer_read(struct st_xfer *x, uint64_t old_addr, void *buf, size_t len);
/* New value of an old pointer; what it points to is transferred too. */
int st_xfer_pointer(struct st_xfer *x, uint64_t old_value, uint64_t *ret_new_value);
/* Integer member of the old object, by name (bit-fields too); -LU_ENOENT. */
int st_xfer_member(struct st_xfer *x, const struct st_object *o, const char *member,
                   int64_t *ret_value);
/* Says why the handler fails: returns `code`. */
int st_xfer_fail(struct st_xfer *x, int code, const char *text);

/* --- the transfer --- */
struct st_stats {
    uint64_t objects;   /* heap objects and globals transferred */
    uint64_t bytes;     /* of them, in the new layout */
    uint64_t pointers;  /* non-null pointers relocated */
    uint64_t unreached; /* live heap objects that nothing pointed to: the old version's leaks */
    uint64_t unreached_bytes;
    uint64_t literals_copied; /* string constants that the new version no longer has */
    uint64_t handled;         /* calls of transfer handlers, made or due */
    uint64_t allowed;         /* losses that a rule or an annotation allowed */
};

struct st_transfer_args {
    const struct st_plan *plan;
    const struct st_view *old_view;
    const struct st_view *new_view; /* the new version's image, constants too, as loaded */
    const struct st_target *target;
    const struct st_handler *handlers; /* may be NULL; lu_transfer_handlers in the guest */
    int count_handlers;      /* 1: they are counted, not called (the agent has only their names) */
    struct st_grant *grants; /* roots; new_addr is filled in */
    uint32_t n_grants;
    const struct st_mem *mem;
    /* Called at the start of LU_STEP_TRACE and LU_STEP_TRANSFER, and now and then in
     * them, with the number of objects done.  Non-zero stops the transfer with that
     * error.  May be NULL. */
    int (*progress)(void *ctx, enum lu_step step, uint64_t done);
    void *progress_ctx;
};

/* Runs both passes.  On failure the new version's memory is undefined (throw the
 * body away), the old one's untouched, and *ret_step (may be NULL) = where. */
int st_transfer_run(const struct st_transfer_args *args, struct st_stats *ret_stats,
                    enum lu_step *ret_step, struct st_err *err);
