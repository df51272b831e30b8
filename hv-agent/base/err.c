/* SPDX-License-Identifier: MIT */
#include "err.h"

#include <stdio.h>
#include <string.h>

#undef lu_err_set /* as the analyzer has them */
#undef lu_err_errno

static void mark_cut(struct lu_err *err, int n)
{
    if (n >= (int)sizeof(err->text))
        memcpy(err->text + sizeof(err->text) - 4, "...", 4);
}

int lu_err_set(struct lu_err *err, int code, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return code;
    err->code = code;
    va_start(ap, fmt);
    mark_cut(err, vsnprintf(err->text, sizeof(err->text), fmt, ap));
    va_end(ap);
    return code;
}

int lu_err_errno(struct lu_err *err, int code, const char *fmt, ...)
{
    va_list ap;
    int n;

    if (!err)
        return code;
    err->code = code;
    va_start(ap, fmt);
    n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    if (n < (int)sizeof(err->text))
        n += snprintf(err->text + n, sizeof(err->text) - (size_t)n, ": %s", strerror(-code));
    mark_cut(err, n);
    return code;
}

int lu_err_wrap(struct lu_err *err, int code, const char *fmt, ...)
{
    char inner[LU_ERR_TEXT];
    va_list ap;
    int n;

    if (!err)
        return code;
    memcpy(inner, err->text, sizeof(inner));
    if (!err->code)
        err->code = code;
    va_start(ap, fmt);
    n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    if (n < (int)sizeof(err->text))
        n += snprintf(err->text + n, sizeof(err->text) - (size_t)n, "%s%s", inner[0] ? ": " : "",
                      inner);
    mark_cut(err, n);
    return err->code;
}

void lu_err_clear(struct lu_err *err)
{
    if (err) {
        err->code = 0;
        err->text[0] = '\0';
    }
}
