/* SPDX-License-Identifier: MIT
 *
 * Heap objects, in both passes: what a typed part is converted to, what follows it,
 * and in which order the trace looks at them (see xfer-core.h).
 */
#include "xfer-core.h"

/* --- one object --- */

/* Of no type that is known, or smaller than it: bytes. */
static int trace_untyped(struct st_xfer *x, const struct xfer_span *s)
{
    char type[64];

    if ((s->flags & SPAN_SHORT) && !(x->plan->pairs[s->pair].flags & PAIR_SHAPE))
        return xfer_fail(x, -LU_EAMBIGUOUS, "is smaller than its type '%s', which changed",
                         st_type_print(x->plan->old, s->old_type, type, sizeof(type)));
    return xfer_scan(x, x->object.old_addr, s->old_size, "an object of unknown type");
}

/* What follows the typed part goes along as it is.  Where a site says so (a header and a tail),
 * it is bytes, whatever they look like: a packet's buffer holds what was there before.  Else
 * nothing in it may look like a pointer, and the type must not have changed. */
static int convert_tail(struct st_xfer *x, const struct xfer_span *s)
{
    const struct plan_pair *pair = &x->plan->pairs[s->pair];
    uint64_t len = s->old_size - s->old_head;
    char type[64];
    bool zero;
    int r;

    xfer_at(x, x->object.old_addr + s->old_head, 0, NULL);
    if (!len || (!x->writing && (s->flags & SPAN_TAIL)))
        return 0;
    r = xfer_is_zero(x, x->at, len, &zero);
    if (r < 0 || zero)
        return r;
    if (x->writing)
        return s->flags & SPAN_FLEXIBLE
                   ? xfer_lose(x, false, "bytes behind a flexible array would be lost")
                   : xfer_copy(x, x->at, x->object.data + s->new_head, len);
    if (!(s->flags & SPAN_COUNTED) && !(pair->flags & PAIR_SHAPE))
        return xfer_fail(x, -LU_EAMBIGUOUS, "holds more than a '%s', which changed",
                         st_type_print(x->plan->old, s->old_type, type, sizeof(type)));
    return xfer_scan(x, x->at, len,
                     s->flags & SPAN_COUNTED ? "what follows the elements that LU_LEN counts"
                                             : "what follows an object's type");
}

static int convert_typed(struct st_xfer *x, const struct xfer_span *s)
{
    const struct plan_pair *pair = &x->plan->pairs[s->pair];
    uint64_t ts = x->plan->old->types[pair->old_type].size;
    uint64_t tn = x->plan->new->types[pair->new_type].size;
    uint64_t n = x->writing || (pair->flags & PAIR_TRACE) ? s->count : 0;

    for (uint64_t i = 0; i < n; i++) {
        int r = xfer_walk(x, s->pair, x->object.old_addr + i * ts, i * tn, false);
        if (r < 0)
            return r;
    }
    return convert_tail(x, s);
}

static int object(struct st_xfer *x, const struct place *p)
{
    const struct st_target *t = x->args->target;
    const struct xfer_span *s = p->span;

    xfer_at(x, p->base, s->old_type, NULL);
    x->object = (struct xfer_object){
        .old_addr = p->base, .old_end = p->base + s->old_size, .new_addr = s->moved[p->index].to};
    x->object.origin = x->origin ? s->base->origin[p->index] : 0;
    x->object.new_end = x->object.new_addr + s->new_size;
    if (x->writing) {
        x->object.data = s->new_size ? t->map(t->ctx, x->object.new_addr, s->new_size) : x->nothing;
        if (!x->object.data)
            return xfer_fail(x, -LU_EFAULT, "the new version's heap is not writable");
        x->stats.objects++;
        x->stats.bytes += s->new_size;
    }
    if (x->writing && ((s->flags & SPAN_COPY) || !(s->flags & SPAN_TYPED)))
        return xfer_copy(x, p->base, x->object.data, s->old_size);
    return s->flags & SPAN_TYPED ? convert_typed(x, s) : trace_untyped(x, s);
}

/* --- the logs --- */

/* What the trace does with a logged object: everything, only if its site types it, only if
 * LU_LEN does, or only if nothing does. */
enum which { ALL, BY_SITE, COUNTED, UNTYPED };

static bool is_which(const struct xfer_span *s, enum which which)
{
    switch (which) {
    case BY_SITE:
        return s->base->flags & SPAN_TYPED;
    case COUNTED:
        return s->flags & SPAN_COUNTED;
    case UNTYPED:
        return !(s->flags & SPAN_TYPED);
    default:
        return true;
    }
}

/* Handles what the log holds beyond the cursor, as it grows.  1 if there was something. */
static int pass(struct st_xfer *x, const struct xfer_log *log, struct xfer_cursor *cursor,
                enum which which)
{
    bool any = false;
    uint64_t addr;

    while (xfer_log_next(log, cursor, &addr)) {
        struct place p;
        int r = xfer_place(x, addr, &p);

        if (r == 0 && is_which(p.span, which))
            r = object(x, &p);
        if (r == 0 || xfer_tolerates(x, r))
            r = xfer_progress(x, false);
        if (r < 0)
            return r;
        any = true;
    }
    return any;
}

static int trace_logged(struct st_xfer *x)
{
    int r;

    do {
        r = pass(x, &x->log, &x->traced, BY_SITE);
        if (r >= 0)
            r = pass(x, &x->typed, &x->traced_typed, COUNTED);
    } while (r > 0);
    if (r == 0)
        r = pass(x, &x->log, &x->scanned, UNTYPED);
    return r < 0 ? r : 0;
}

/* Now that all types are known, what waited is given its place. */
static int place_pending(struct st_xfer *x)
{
    struct xfer_cursor cursor = {0};
    uint64_t addr;

    x->placed = true;
    while (x->pending && xfer_log_next(&x->log, &cursor, &addr)) {
        struct place p;
        int r = xfer_place(x, addr, &p);

        if (r == 0 && p.span->moved[p.index].to == XFER_PENDING)
            r = xfer_allot(x, &p);
        if (r < 0)
            return r;
    }
    x->pending = false;
    return 0;
}

/* What could not be judged before all types were known. */
static int trace_again(struct st_xfer *x)
{
    struct xfer_cursor cursor = {0};
    int r = x->doubtful ? xfer_globals(x) : 0;

    if (r == 0 && x->doubtful)
        r = pass(x, &x->log, &cursor, ALL);
    return r < 0 ? r : 0;
}

int xfer_heap_trace(struct st_xfer *x)
{
    int r = trace_logged(x);

    r = r < 0 ? r : place_pending(x);
    return r < 0 ? r : trace_again(x);
}

/* Objects that a handler asked for while writing are traced before they are written. */
static int trace_rest(struct st_xfer *x)
{
    struct xfer_object now = x->object;
    int r;

    x->writing = false;
    r = trace_logged(x);
    x->writing = true;
    x->object = now;
    return r;
}

int xfer_heap_write(struct st_xfer *x)
{
    uint64_t addr;
    int r = trace_rest(x);

    while (r == 0 && xfer_log_next(&x->log, &x->moved, &addr)) {
        struct place p;

        r = xfer_place(x, addr, &p);
        r = r < 0 ? r : object(x, &p);
        r = r < 0 && !xfer_tolerates(x, r) ? r : xfer_progress(x, false);
        r = r < 0 ? r : trace_rest(x);
    }
    return r;
}
