/* SPDX-License-Identifier: MIT
 *
 * What a component says before it ends because of its heap.
 */
#include <lu/alloc.h>
#include <stdio.h>

void lu_heap_abuse_text(const struct lu_heap_abuse *a, char *buf, size_t size)
{
    int n = snprintf(buf, size, "heap: %s: %#llx", a->what, (unsigned long long)a->addr);

    if (a->object && n > 0 && (size_t)n < size)
        n += snprintf(buf + n, size - (size_t)n, ", object %#llx of %llu bytes, site %#llx",
                      (unsigned long long)a->object, (unsigned long long)a->size,
                      (unsigned long long)a->site);
    if (a->caller && n > 0 && (size_t)n < size)
        snprintf(buf + n, size - (size_t)n, ", by %#llx", (unsigned long long)a->caller);
}
