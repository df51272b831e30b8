/* SPDX-License-Identifier: MIT
 *
 * Bounded text.
 */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void st_text_add(char *buf, size_t size, const char *fmt, ...)
{
    size_t len = strnlen(buf, size);
    va_list ap;

    if (len + 1 >= size)
        return;
    va_start(ap, fmt);
    vsnprintf(buf + len, size - len, fmt, ap);
    va_end(ap);
}

void st_text_prepend(char *buf, size_t size, const char *s)
{
    size_t n = strlen(s), len = strnlen(buf, size);

    if (n >= size)
        n = size - 1;
    if (len > size - 1 - n)
        len = size - 1 - n;
    memmove(buf + n, buf, len);
    memcpy(buf, s, n);
    buf[n + len] = '\0';
}
