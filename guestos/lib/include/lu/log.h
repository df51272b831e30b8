/* SPDX-License-Identifier: MIT
 *
 * Lines for the kernel's console.  For people: nothing parses them.
 */
#pragma once

#include <stdarg.h>

/* printf-like; one line without its newline, cut at 256 bytes. */
void lu_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void lu_vlog(const char *fmt, va_list ap);

/* What error -LU_E... (or LU_E...) means, in the words of lu/types.h. */
const char *lu_strerror(int error);
