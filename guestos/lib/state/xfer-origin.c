/* SPDX-License-Identifier: MIT
 *
 * On the way back of a reverse check, the state that the update began with is at
 * hand, in the layout that is made.  It tells what a pointer was; where the pointer
 * has several meanings (an object, and what it starts with; the end of an array, and
 * what follows it), and that is one of them, it is the one.  It never adds a meaning.
 */
#include "xfer-core.h"

void xfer_hint(struct st_xfer *x, uint64_t new_off, unsigned size)
{
    uint64_t v;

    x->hint = 0;
    if (x->origin && x->object.origin &&
        xfer_word(x->origin, x->object.origin + new_off, size, &v) == 0)
        x->hint = v;
}

/* The heap object that the hint leads to. */
static uint64_t hinted_object(const struct st_xfer *x)
{
    struct place p;

    if (!x->hint || xfer_meant(x->origin, x->hint, 0, &p) < 0 || p.kind != PLACE_HEAP)
        return 0;
    return p.base;
}

void xfer_want_heap(struct st_xfer *x, const struct place *p, uint64_t new_base)
{
    uint64_t was = hinted_object(x);

    if (!was)
        return;
    x->want = new_base + (x->hint - was);
    if (!p->span->base->origin[p->index])
        p->span->base->origin[p->index] = (uint32_t)was;
}
