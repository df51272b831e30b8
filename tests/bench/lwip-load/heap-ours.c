/* SPDX-License-Identifier: MIT
 *
 * The server's heap is the component's.  Code that was not instrumented calls malloc;
 * in a component that is the heap's, here it would be the host's, so lwIP is built to
 * call plain_malloc instead.
 */
#include <lu/alloc.h>
#include <stdio.h>

#include "load.h"

void *plain_malloc(size_t n);
void *plain_calloc(size_t n, size_t m);

void *plain_malloc(size_t n)
{
    return lu_heap_alloc(n, NULL);
}

void *plain_calloc(size_t n, size_t m)
{
    return lu_heap_calloc(n, m, NULL);
}

int load_done(const char *path, const uint64_t *step_ns, uint64_t n_steps)
{
    FILE *f = fopen(path, "wb");
    int ok = f && fwrite(step_ns, sizeof(*step_ns), n_steps, f) == n_steps;
    struct lu_heap_usage usage;

    if (f)
        ok = fclose(f) == 0 && ok;
    if (!ok) {
        fprintf(stderr, "lwip-load: %s cannot be written\n", path);
        return 1;
    }
    lu_heap_usage(&usage);
    printf("%llu live objects at the end\n", (unsigned long long)usage.live_objs);
    return 0;
}
