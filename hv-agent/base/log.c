/* SPDX-License-Identifier: MIT
 *
 * One write() per line, so that lines of several threads do not mix.
 */
#include "log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOG_LINE 4096

static _Atomic int threshold = HVA_LOG_INFO;

void hva_log_level(enum hva_log_level level)
{
    atomic_store(&threshold, (int)level);
}

static size_t put_time(char *buf, size_t size)
{
    struct timespec now;
    struct tm tm;
    size_t n;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    n = strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
    return n + (size_t)snprintf(buf + n, size - n, ".%03ldZ", now.tv_nsec / 1000000);
}

void hva_log(enum hva_log_level level, const char *area, const char *fmt, ...)
{
    static const char *const words[] = {"debug", "info", "warning", "error"};
    char line[LOG_LINE];
    size_t n, text;
    va_list ap;

    if ((int)level < atomic_load(&threshold))
        return;
    n = put_time(line, sizeof(line));
    n += (size_t)snprintf(line + n, sizeof(line) - n, " %s %.80s: ", words[level], area);
    text = n;
    va_start(ap, fmt);
    n += (size_t)vsnprintf(line + n, sizeof(line) - n, fmt, ap);
    va_end(ap);
    if (n > sizeof(line) - 2)
        n = sizeof(line) - 2;
    for (size_t i = text; i < n; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = ' ';
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, n) < 0)
        return; /* nowhere left to say it */
}
