/* SPDX-License-Identifier: MIT
 *
 * Errors of host code: a chain of causes, outermost first.  Functions return a
 * negative errno and take `struct lu_err *err` as their last argument (may be
 * NULL); outputs stay untouched on failure.  No allocation, never fails.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#define LU_ERR_TEXT 2048

struct lu_err {
    int code;               /* negative errno of the outermost cause, 0 = no error */
    char text[LU_ERR_TEXT]; /* "outer: inner: innermost", cut with "..." when too long */
};

/* Sets the error and returns `code`, so that `return lu_err_set(err, -EINVAL, ...)` reads well. */
int lu_err_set(struct lu_err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As lu_err_set, with ": strerror(-code)" at the end. */
int lu_err_errno(struct lu_err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __clang_analyzer__ /* which does not see that `code` comes back */
#define lu_err_set(err, code, ...) ((void)lu_err_set(err, code, __VA_ARGS__), (code))
#define lu_err_errno(err, code, ...) ((void)lu_err_errno(err, code, __VA_ARGS__), (code))
#endif

/* Puts "context: " before what is there; returns err's code (or `code` if err is NULL). */
int lu_err_wrap(struct lu_err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void lu_err_clear(struct lu_err *err);
