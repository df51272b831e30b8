/* SPDX-License-Identifier: MIT
 *
 * The only way to user memory: page-table walks and the direct map.  Every
 * function checks the whole range before it copies a byte and returns 0 or
 * -LU_EFAULT.  User code never runs meanwhile, so a check stays true until the
 * kernel call ends; values are copied once and judged in the copy.
 */
#pragma once

#include "slot.h"

int user_check(const struct body *b, uint64_t va, uint64_t len, enum space_access access);
int user_read(const struct body *b, void *dst, uint64_t va, uint64_t len);
int user_write(const struct body *b, uint64_t va, const void *src, uint64_t len);
/* Memory to memory.  Each side says how it is accessed. */
int user_copy(const struct body *to, uint64_t to_va, enum space_access to_access,
              const struct body *from, uint64_t from_va, enum space_access from_access,
              uint64_t len);
