/* SPDX-License-Identifier: MIT
 *
 * Audit of a whole image, from inside after a transfer or from outside over frozen
 * memory.  The heap's tables are sane.  Every pointer in globals and live heap
 * objects, and every integer that may hold one (PXFER), is null or lands in (or one
 * past) a live object of a compatible type, a function, a literal, or a DMA or MMIO
 * object.  What LU_LEN counts is there.  Enumerations and booleans are in range,
 * bit-fields too.  Tags select a member of their union, which is audited by its type.
 * Flexible arrays are audited to the end of their object, or as far as LU_LEN says;
 * memory of unknown type as what LU_LEN makes of it.
 *
 * An enumeration of five or more consecutive values holds one of them; any other also
 * a combination of its enumerators' bits, since C programs write flags so.
 */
#pragma once

#include <st/transfer.h>

struct st_audit_stats {
    uint64_t globals, objects, bytes; /* objects: live ones in the heap; bytes: of both */
    uint64_t pointers;                /* that are not null */
};

/* 0 if all is well; else the first finding, with its path: -LU_ETARGET, -LU_EMISMATCH,
 * -LU_ERANGE, -LU_EFORMAT (heap tables), -LU_EFAULT (image not readable), -LU_ENOMEM. */
int st_audit(const struct st_desc *d, const struct st_view *view, const struct st_mem *mem,
             struct st_audit_stats *ret_stats, struct st_err *err);
/* The same where these handlers (may be NULL) have not run: what they are for, types and globals,
 * is not looked into. */
int st_audit_without(const struct st_desc *d, const struct st_view *view,
                     const struct st_handler *handlers, const struct st_mem *mem,
                     struct st_audit_stats *ret_stats, struct st_err *err);
