/* SPDX-License-Identifier: MIT
 *
 * Formatting and line discipline of the kernel's console.
 */
#include "log.h"

#include <stdbool.h>
#include <stdint.h>

#include "x86/arch.h"

struct sink {
    char *buf;
    size_t size, len;
};

static void put(struct sink *s, char c)
{
    if (s->len + 1 < s->size)
        s->buf[s->len++] = c;
}

static void put_number(struct sink *s, uint64_t v, unsigned base, unsigned width, char pad)
{
    char digits[24];
    unsigned n = 0;

    do {
        digits[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    for (unsigned i = n; i < width; i++)
        put(s, pad);
    while (n--)
        put(s, digits[n]);
}

static const char *put_conversion(struct sink *s, const char *f, va_list *ap)
{
    unsigned width = 0;
    char pad = ' ';
    bool wide = false;
    int64_t v;

    if (*f == '0')
        pad = *f++;
    while (*f >= '0' && *f <= '9')
        width = width * 10 + (unsigned)(*f++ - '0');
    for (; *f == 'l'; f++)
        wide = true;
    switch (*f) {
    case 's':
        for (const char *t = va_arg(*ap, const char *); *t; t++)
            put(s, *t);
        break;
    case 'c':
        put(s, (char)va_arg(*ap, int));
        break;
    case 'd':
        v = wide ? va_arg(*ap, long) : va_arg(*ap, int);
        if (v < 0)
            put(s, '-');
        put_number(s, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, width, pad);
        break;
    case 'u':
    case 'x':
        put_number(s, wide ? va_arg(*ap, unsigned long) : va_arg(*ap, unsigned),
                   *f == 'x' ? 16 : 10, width, pad);
        break;
    default:
        put(s, *f);
        break;
    }
    return *f ? f + 1 : f;
}

size_t kformat(char *buf, size_t size, const char *fmt, va_list args)
{
    struct sink s = {buf, size, 0};
    va_list ap;

    va_copy(ap, args);
    while (*fmt) {
        if (*fmt == '%')
            fmt = put_conversion(&s, fmt + 1, &ap);
        else
            put(&s, *fmt++);
    }
    va_end(ap);
    buf[s.len] = '\0';
    return s.len;
}

void log_raw(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            arch_console_put('\r');
        arch_console_put(*text);
    }
}

static void format(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    kformat(buf, size, fmt, ap);
    va_end(ap);
}

static void put_prefix(const char *who)
{
    uint64_t us = arch_time_ns() / 1000;
    char text[64];

    format(text, sizeof(text), "[%4lu.%06lu] %s: ", (unsigned long)(us / 1000000),
           (unsigned long)(us % 1000000), who);
    log_raw(text);
}

void klog(const char *fmt, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    kformat(text, sizeof(text), fmt, ap);
    va_end(ap);
    put_prefix("kernel");
    log_raw(text);
    log_raw("\n");
}

void log_component(const char *name, const char *text, size_t len)
{
    bool start = true;

    for (size_t i = 0; i < len; i++) {
        if (start)
            put_prefix(name);
        start = text[i] == '\n';
        if (start)
            log_raw("\n");
        else
            arch_console_put((text[i] >= ' ' && text[i] < 127) || text[i] == '\t' ? text[i] : '?');
    }
    if (!start)
        log_raw("\n");
}
