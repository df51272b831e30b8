/* SPDX-License-Identifier: MIT
 *
 * Console lines through LU_SYS_LOG: formatted on the stack, cut, never lost.
 */
#include <lu/log.h>

#include <stdio.h>

#include <lu/sys.h>

#define LOG_MAX 256

void lu_vlog(const char *fmt, va_list ap)
{
    char line[LOG_MAX];
    int n = vsnprintf(line, sizeof(line) - 1, fmt, ap);

    if (n < 0)
        return;
    if (n > LOG_MAX - 2)
        n = LOG_MAX - 2;
    line[n++] = '\n';
    sys_log(line, (size_t)n);
}

void lu_log(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    lu_vlog(fmt, ap);
    va_end(ap);
}

const char *lu_strerror(int error)
{
    switch (error < 0 ? -error : error) {
#define LU_X(name, num, text)                                                                      \
    case num:                                                                                      \
        return text;
        LU_ERRORS(LU_X)
#undef LU_X
    default:
        return "unknown error";
    }
}
