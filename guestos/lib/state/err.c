/* SPDX-License-Identifier: MIT
 *
 * Errors of the state engine.
 */
#include <st/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef st_err_set /* as the analyzer has them */
#undef st_err_at

static void err_fill(struct st_err *err, int code, const char *path, unsigned offset,
                     const char *fmt, va_list ap)
{
    memset(err, 0, sizeof(*err));
    err->code = code;
    err->offset = offset;
    if (path)
        snprintf(err->path, sizeof(err->path), "%s", path);
    vsnprintf(err->text, sizeof(err->text), fmt, ap);
}

int st_err_set(struct st_err *err, int code, const char *path, const char *fmt, ...)
{
    va_list ap;

    if (err) {
        va_start(ap, fmt);
        err_fill(err, code, path, 0, fmt, ap);
        va_end(ap);
    }
    return code;
}

int st_err_at(struct st_err *err, int code, unsigned offset, const char *fmt, ...)
{
    va_list ap;

    if (err) {
        va_start(ap, fmt);
        err_fill(err, code, NULL, offset, fmt, ap);
        va_end(ap);
    }
    return code;
}

const char *st_err_name(int code)
{
    switch (code < 0 ? -code : code) {
    case 0:
        return "no error";
#define LU_X(name, num, text)                                                                      \
    case num:                                                                                      \
        return text;
        LU_ERRORS(LU_X)
#undef LU_X
    default:
        return "unknown error";
    }
}
