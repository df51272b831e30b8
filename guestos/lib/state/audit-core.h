/* SPDX-License-Identifier: MIT
 *
 * Inside the audit: audit.c finds the objects, audit-value.c checks a value by its
 * type, audit-target.c says whether a pointer's target is what it should be.
 */
#pragma once

#include "heap-view.h"

#include <st/audit.h>

struct st_audit {
    const struct st_desc *d;
    const struct st_view *view;
    struct heap_view heap;
    struct st_err *err;
    struct st_audit_stats stats;
    uint8_t *buf;
    uint64_t buf_size;
    /* the object under audit, for messages */
    char name[ST_PATH_MAX];
    uint64_t first; /* address of its first element */
    uint32_t root_type, root_flags;
};

/* Is there anything in objects of this type that can be wrong? */
int audit_interesting(const struct st_audit *a, uint32_t type);

/* Checks one object of `type`, bytes in `data`, which lies at `addr`. */
int audit_value(struct st_audit *a, uint32_t type, const uint8_t *data, uint64_t addr);

/* Pointer value -> 0, or the code of what is wrong with it: -LU_ETARGET, -LU_EMISMATCH,
 * -LU_EFORMAT; *ret_why = a phrase for the message. */
int audit_target(struct st_audit *a, uint64_t value, uint32_t pointee, const char **ret_why);
