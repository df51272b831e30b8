/* SPDX-License-Identifier: MIT
 *
 * One allocator's replay: REPLAY names the function, REPLAY_... which allocator.
 * A program writes to what it allocates and has written to what it frees; so does
 * this loop, to each object's ends.
 */
#include "replay.h"

#include <stdbool.h>
#include <stddef.h>

#if defined(REPLAY_PLAIN) || defined(REPLAY_DIRECT) || defined(REPLAY_WRAPPED)
#include <lu/alloc.h>
#define FREE lu_heap_free
#elif defined(REPLAY_MUSL_NG)
void *ng___libc_malloc_impl(size_t n);
void ng___libc_free(void *p);
#define ALLOC(n, site) ng___libc_malloc_impl(n)
#define FREE ng___libc_free
#elif defined(REPLAY_MUSL_OLD)
void *old___libc_malloc_impl(size_t n);
void old___libc_free(void *p);
#define ALLOC(n, site) old___libc_malloc_impl(n)
#define FREE old___libc_free
#elif defined(REPLAY_GLIBC)
#include <stdlib.h>
#define ALLOC(n, site) malloc(n)
#define FREE free
#endif

#ifdef REPLAY_PLAIN
#define ALLOC(n, site) lu_heap_alloc(n, NULL)
#endif

#if defined(REPLAY_DIRECT) || defined(REPLAY_WRAPPED)
static struct lu_site_cell cells[TRACE_MAX_SITES];
#endif

#ifdef REPLAY_DIRECT /* the pass makes this of a call of malloc */
#define ALLOC(n, site) lu_heap_alloc(n, &cells[site])
#endif

#ifdef REPLAY_WRAPPED
/* As the pass makes of a wrapper and its call: the caller's cell goes through __lu_site, unless
 * an outer site's is there, and the wrapper hands it on. */
static inline void *alloc_wrapped(size_t n, unsigned site)
{
    static struct lu_site_cell wrappers;
    struct lu_site_cell *old = __lu_site, *handed;
    void *p;

    *(struct lu_site_cell *volatile *)&__lu_site = old ? old : &cells[site];
    handed = *(struct lu_site_cell *volatile *)&__lu_site;
    p = lu_heap_alloc(n, handed ? handed : &wrappers);
    *(struct lu_site_cell *volatile *)&__lu_site = old;
    return p;
}
#define ALLOC alloc_wrapped
#endif

bool REPLAY(const struct trace_event *events, uint32_t n, void **objects)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct trace_event *e = &events[i];
        char *p;

        if (!e->size) {
            p = objects[e->slot];
            *(volatile char *)p = 0;
            FREE(p);
            continue;
        }
        p = ALLOC(e->size, e->site);
        if (!p)
            return false;
        p[0] = 1;
        p[e->size - 1] = 1;
        objects[e->slot] = p;
    }
    return true;
}
