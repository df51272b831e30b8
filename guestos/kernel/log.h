/* SPDX-License-Identifier: MIT
 *
 * The kernel's console on COM1.  Every line is "[seconds.micros] who: text".
 * Writing takes bounded time, whether anybody reads or not.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Formats: %s %c %d %u %x %lx %lu %%; always ends within `size`. */
size_t kformat(char *buf, size_t size, const char *fmt, va_list args);
void klog(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Text of a component: control characters are replaced, lines are prefixed. */
void log_component(const char *name, const char *text, size_t len);
void log_raw(const char *text);
