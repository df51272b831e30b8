/* SPDX-License-Identifier: MIT
 *
 * What musl's string, conversion and formatting sources expect of the rest of a
 * libc: the thread's own data (errno, locale), and locks of FILEs.  A component
 * is single-threaded and its FILEs are the temporaries inside snprintf and
 * sscanf, so locking does nothing.  malloc and friends come from lib/heap;
 * abort, __assert_fail and __errno_location from lib/rt.
 */
#include <errno.h>

#include "locale_impl.h"
#include "pthread_impl.h"
#include "stdio_impl.h"

struct __pthread lu_libc_self = {.self = &lu_libc_self, .locale = C_LOCALE};

int *___errno_location(void)
{
    return __errno_location();
}

int __lockfile(FILE *f)
{
    (void)f;
    return 0;
}

void __unlockfile(FILE *f)
{
    (void)f;
}

void __stdio_exit_needed(void) {}
