/* SPDX-License-Identifier: MIT
 *
 * The allocation workload's three builds: described by the pass, on our heap; not
 * described, on our heap; not described, on the host's C library.  WL_MALLOC and
 * WL_FREE are what each calls.
 */
#pragma once

#include <stddef.h>

void workload_typed(unsigned operations);
void workload_plain(unsigned operations);
void workload_libc(unsigned operations);

#if defined(WL_LIBC)
#include <stdlib.h>
#define WL_MALLOC malloc
#define WL_FREE free
#elif defined(WL_TYPED) || defined(WL_PLAIN)
#include <lu/alloc.h>
#include <stdlib.h>
#ifdef WL_TYPED
#define WL_MALLOC malloc /* the pass makes it an allocation of a site's type */
#else
#define WL_MALLOC(n) lu_heap_alloc(n, NULL)
#endif
#define WL_FREE lu_heap_free
#endif
