/* SPDX-License-Identifier: MIT
 *
 * Audit of a whole image, from inside after a transfer or from outside over
 * frozen memory: the heap's tables are sane; every pointer in globals and heap
 * objects is null or lands in (or one past) an object of a compatible type, a
 * function, a literal, or a DMA or MMIO object; enumerations and booleans are in
 * range; union tags select a member.
 */
#pragma once

#include <st/view.h>

struct st_audit_stats {
    uint64_t globals, objects, bytes, pointers;
};

/* 0 if all is well; else the first finding, with its path: -LU_ETARGET, -LU_EMISMATCH,
 * -LU_ERANGE, -LU_EFORMAT (heap tables), -LU_EFAULT (image not readable). */
int st_audit(const struct st_desc *d, const struct st_view *view, const struct st_mem *mem,
             struct st_audit_stats *ret_stats, struct st_err *err);
