/* SPDX-License-Identifier: MIT
 *
 * The thread pointer of musl's sources inside a component.  Components have one
 * thread of control and no TLS, so `self` is an ordinary object (libc/glue.c)
 * and %fs is not touched.  Found before the architecture's own file.
 */
#pragma once

#include <stdint.h>

extern struct __pthread lu_libc_self;

static inline uintptr_t __get_tp(void)
{
    return (uintptr_t)&lu_libc_self;
}
