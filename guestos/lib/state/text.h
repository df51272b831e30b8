/* SPDX-License-Identifier: MIT
 *
 * Text that is built by appending into a fixed buffer: cut, never overrun,
 * always terminated.
 */
#pragma once

#include <stddef.h>

/* Appends to the string in buf[size]. */
void st_text_add(char *buf, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts a string before what is there. */
void st_text_prepend(char *buf, size_t size, const char *s);
