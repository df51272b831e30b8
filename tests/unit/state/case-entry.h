/* SPDX-License-Identifier: MIT
 *
 * Between a transfer case's image and the runner that executes it in its own
 * process: the image's entry point is a function, case_start.  The runner fills
 * in what the image's transfer handlers may call.
 */
#pragma once

#include <lu/alloc.h>
#include <st/transfer.h>

enum case_call { CASE_SETUP, CASE_CHECK, CASE_ENTRY };

struct case_entry {
    /* of the image */
    void *(*alloc)(size_t n, struct lu_site_cell *cell);
    const struct st_handler *handlers; /* NULL: none */
    /* of the runner */
    int (*xfer_read)(struct st_xfer *x, uint64_t old_addr, void *buf, size_t len);
    int (*xfer_pointer)(struct st_xfer *x, uint64_t old_value, uint64_t *ret_new_value);
    int (*xfer_member)(struct st_xfer *x, const struct st_object *o, const char *member,
                       int64_t *ret_value);
    int (*xfer_fail)(struct st_xfer *x, int code, const char *text);
};

/* CASE_SETUP: makes the state of a `world` (case.h); 0.  CASE_CHECK: 0, or the line of what is
 * wrong.  CASE_ENTRY: address of the struct case_entry. */
typedef long case_start(long call, long world);
