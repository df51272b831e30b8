/* SPDX-License-Identifier: MIT
 *
 * What lwIP wants to know about its compiler and system.  A broken invariant of
 * lwIP's ends the component; the supervisor restarts it.
 */
#pragma once

#include <lu/log.h>

/* No line number: code that only moved in its file stays the same code. */
_Noreturn void net_assert_failed(const char *what, const char *file);
unsigned net_random(void);

#define LWIP_PLATFORM_DIAG(x)                                                                      \
    do {                                                                                           \
        lu_log x;                                                                                  \
    } while (0)
#define LWIP_PLATFORM_ASSERT(x) net_assert_failed(x, __FILE__)
#define LWIP_RAND() net_random()
