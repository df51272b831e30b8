/* SPDX-License-Identifier: MIT
 *
 * The two passes over the old version's state, and what stands around them:
 * globals that vanish, grants, leaks, transfer handlers of globals.
 */
#include "xfer-core.h"

#define PROGRESS_EVERY 4096u

static int progress(struct st_xfer *x, bool always)
{
    const struct st_transfer_args *a = x->args;
    int r = 0;

    if (a->progress && (always || x->done % PROGRESS_EVERY == 0))
        r = a->progress(a->progress_ctx, x->step, x->done);
    x->done++;
    if (r < 0) {
        xfer_at(x, 0, 0, NULL);
        return xfer_fail(x, r, "stopped: %s", st_err_name(r));
    }
    return 0;
}

/* --- globals --- */

static int global_map(struct st_xfer *x, const struct lu_global *a, const struct lu_global *b)
{
    const struct st_target *t = x->args->target;

    xfer_at(x, a ? a->addr : 0, 0, NULL);
    x->object = (struct xfer_object){.old_addr = a ? a->addr : 0,
                                     .old_end = a ? a->addr + a->size : 0,
                                     .new_addr = b->addr,
                                     .new_end = b->addr + b->size};
    if (!x->writing || !b->size)
        return 0;
    x->object.data = t->map(t->ctx, b->addr, b->size);
    if (!x->object.data)
        return xfer_fail(x, -LU_EFAULT, "the new version's '%s' is not writable",
                         plan_new_name(x->plan, b->name));
    return 0;
}

static int global_bits(struct st_xfer *x, const struct lu_global *a, const struct lu_global *b,
                       bool may_lose)
{
    uint64_t n = a->size < b->size ? a->size : b->size;
    bool zero = true;
    int r;

    if (!x->writing)
        return 0;
    r = xfer_copy(x, a->addr, x->object.data, n);
    if (r == 0 && a->size > n)
        r = xfer_is_zero(x, a->addr + n, a->size - n, &zero);
    if (r < 0 || zero)
        return r;
    return xfer_lose(x, may_lose, "bytes that do not fit would be lost");
}

static int global_xfer(struct st_xfer *x, uint32_t i)
{
    const struct plan_global *g = &x->plan->globals[i];
    const struct lu_global *a = &x->plan->old->globals[i];
    const struct lu_global *b = &x->plan->new->globals[g->new_global - 1];
    int r;

    if (!x->writing && g->pair && !(x->plan->pairs[g->pair].flags & PAIR_TRACE))
        return 0;
    r = global_map(x, a, b);
    if (r < 0)
        return r;
    x->stats.objects += x->writing;
    x->stats.bytes += x->writing ? b->size : 0;
    if (!g->pair)
        return global_bits(x, a, b, g->may_lose);
    return xfer_walk(x, g->pair, a->addr, 0, g->may_lose);
}

/* FNV-1a of old memory, as ST_RULE_INITIAL compares it. */
static int hash_old(struct st_xfer *x, uint64_t addr, uint64_t len, uint64_t *ret)
{
    uint8_t buf[256];
    uint64_t h = st_hash(NULL, 0);

    for (; len; addr += sizeof(buf)) {
        size_t n = len < sizeof(buf) ? len : sizeof(buf);
        int r = xfer_read(x, addr, buf, n);

        if (r < 0)
            return r;
        for (size_t i = 0; i < n; i++)
            h = (h ^ buf[i]) * 0x100000001b3ull;
        len -= n;
    }
    *ret = h;
    return 0;
}

static int global_drop(struct st_xfer *x, uint32_t i)
{
    const struct lu_global *a = &x->plan->old->globals[i];
    int rule = plan_rule_global(x->plan, ST_RULE_INITIAL, a, false);
    uint64_t hash;
    bool zero;
    int r;

    if (x->writing)
        return 0; /* known since the trace */
    xfer_at(x, a->addr, 0, NULL);
    r = xfer_is_zero(x, a->addr, a->size, &zero);
    if (r < 0 || zero)
        return r;
    if (rule >= 0) {
        r = hash_old(x, a->addr, a->size, &hash);
        if (r < 0)
            return r;
        if ((int64_t)hash == st_rules_get(&x->plan->rules, (uint32_t)rule).value)
            return 0;
    }
    return xfer_lose(x, false, "holds a value, and the new version does not have it");
}

static int globals_pass(struct st_xfer *x)
{
    for (uint32_t i = 0; i < x->plan->old->n_globals; i++) {
        const struct plan_global *g = &x->plan->globals[i];
        int r = 0;

        if (g->action == GLOBAL_XFER)
            r = global_xfer(x, i);
        else if (g->action == GLOBAL_DROP)
            r = global_drop(x, i);
        else if (g->action == GLOBAL_LOSE)
            x->stats.allowed += x->writing;
        if (r == 0 || xfer_tolerates(x, r))
            r = progress(x, false);
        if (r < 0)
            return r;
    }
    return 0;
}

/* --- heap objects --- */

static int heap_typed(struct st_xfer *x, const struct xfer_span *s)
{
    const struct plan_pair *pair = &x->plan->pairs[s->pair];
    uint64_t ts = x->plan->old->types[pair->old_type].size;
    uint64_t tn = x->plan->new->types[pair->new_type].size;
    uint64_t tail = s->old_size - (s->old_head < s->old_size ? s->old_head : s->old_size);

    if (!x->writing && !(pair->flags & PAIR_TRACE) && !(s->flags & SPAN_COUNTED))
        return 0;
    for (uint64_t i = 0; i < s->count && (x->writing || (pair->flags & PAIR_TRACE)); i++) {
        int r = xfer_walk(x, s->pair, x->object.old_addr + i * ts, i * tn, false);
        if (r < 0)
            return r;
    }
    xfer_at(x, x->object.old_addr + s->old_head, 0, NULL);
    if (!tail || ((s->flags & SPAN_ARRAY) && !(s->flags & SPAN_COUNTED)))
        return 0;
    if (x->writing)
        return xfer_copy(x, x->at, x->object.data + s->new_head, tail);
    if (s->flags & SPAN_COUNTED)
        return xfer_scan(x, x->at, tail, "what follows the elements that LU_LEN counts");
    return s->flags & SPAN_TAIL ? 0 : xfer_scan(x, x->at, tail, "what follows an object's type");
}

static int heap_object(struct st_xfer *x, const struct place *p)
{
    const struct st_target *t = x->args->target;
    const struct xfer_span *s = p->span;

    xfer_at(x, p->base, s->old_type, NULL);
    x->object = (struct xfer_object){
        .old_addr = p->base, .old_end = p->base + s->old_size, .new_addr = s->moved[p->index].to};
    x->object.new_end = x->object.new_addr + s->new_size;
    if (x->writing) {
        x->object.data = t->map(t->ctx, x->object.new_addr, s->new_size);
        if (!x->object.data && s->new_size)
            return xfer_fail(x, -LU_EFAULT, "the new version's heap is not writable");
        x->stats.objects++;
        x->stats.bytes += s->new_size;
    }
    if (x->writing && (s->flags & SPAN_COPY || !(s->flags & SPAN_TYPED)))
        return xfer_copy(x, p->base, x->object.data,
                         s->old_size < s->new_size ? s->old_size : s->new_size);
    if (!(s->flags & SPAN_TYPED))
        return xfer_scan(x, p->base, s->old_size, "an object of unknown type");
    if ((s->flags & SPAN_COPY) && !(s->flags & SPAN_COUNTED))
        return 0;
    return heap_typed(x, s);
}

/* Handles what the log holds beyond the cursor, as it grows.  1 if there was something. */
static int heap_pass(struct st_xfer *x, const struct xfer_log *log, struct xfer_cursor *cursor,
                     enum heap_which which)
{
    bool any = false;
    uint64_t addr;

    while (xfer_log_next(log, cursor, &addr)) {
        struct place p;
        int r = xfer_place(x, addr, &p);

        if (r == 0 && xfer_is_which(p.span, which))
            r = heap_object(x, &p);
        if (r == 0 || xfer_tolerates(x, r))
            r = progress(x, false);
        if (r < 0)
            return r;
        any = true;
    }
    return any;
}

static int trace_heap(struct st_xfer *x)
{
    int r;

    do {
        r = heap_pass(x, &x->log, &x->traced, HEAP_SITE);
        if (r >= 0)
            r = heap_pass(x, &x->typed, &x->traced_typed, HEAP_COUNTED);
    } while (r > 0);
    if (r == 0)
        r = heap_pass(x, &x->log, &x->scanned, HEAP_UNTYPED);
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
    int r = x->doubtful ? globals_pass(x) : 0;

    if (r == 0 && x->doubtful)
        r = heap_pass(x, &x->log, &cursor, HEAP_ALL);
    return r < 0 ? r : 0;
}

/* Objects that a handler asked for while writing are traced before they are written. */
static int trace_rest(struct st_xfer *x)
{
    struct xfer_object object = x->object;
    int r;

    x->writing = false;
    r = trace_heap(x);
    x->writing = true;
    x->object = object;
    return r;
}

static int write_heap(struct st_xfer *x)
{
    uint64_t addr;
    int r = trace_rest(x);

    while (r == 0 && xfer_log_next(&x->log, &x->moved, &addr)) {
        struct place p;

        r = xfer_place(x, addr, &p);
        r = r < 0 ? r : heap_object(x, &p);
        r = r < 0 && !xfer_tolerates(x, r) ? r : progress(x, false);
        r = r < 0 ? r : trace_rest(x);
    }
    return r;
}

/* --- grants --- */

static int grant_reach(struct st_xfer *x, struct st_grant *g)
{
    uint64_t first, last;
    struct place p;
    int r;

    xfer_at(x, 0, 0, NULL);
    r = xfer_place(x, g->addr, &p);
    if (r < 0)
        return r;
    if (!p.kind || p.kind == PLACE_FUNC || !g->len ||
        (p.kind != PLACE_DEVICE && g->len > p.size - (g->addr - p.base)))
        return xfer_fail(x, -LU_ETARGET,
                         "grant %u gives away memory that is no known object (%#llx)", g->id,
                         (unsigned long long)g->addr);
    r = xfer_pointer(x, g->addr, 0, 0, 0, &first);
    if (r == 0)
        r = xfer_pointer(x, g->addr + g->len - 1, 0, 0, 0, &last);
    if (r < 0)
        return r;
    if (last - first != g->len - 1)
        return xfer_fail(x, -LU_EMISMATCH, "the window of grant %u changed its layout", g->id);
    g->new_addr = first;
    return 0;
}

static int grants_reach(struct st_xfer *x)
{
    for (uint32_t i = 0; i < x->args->n_grants; i++) {
        int r = grant_reach(x, &x->args->grants[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

/* --- after the heap --- */

static int run_values(struct st_xfer *x)
{
    for (uint32_t i = 0; i < x->plan->n_values; i++) {
        const struct lu_global *b = &x->plan->new->globals[x->plan->values[i].new_global];
        const struct lu_type *t = &x->plan->new->types[b->type];
        int r = global_map(x, NULL, b);

        if (r < 0)
            return r;
        memcpy(x->object.data, &x->plan->values[i].value, t->size < 8 ? t->size : 8);
    }
    return 0;
}

static int run_global_handler(struct st_xfer *x, const struct st_handler *h)
{
    const struct lu_global *b = st_desc_global(x->plan->new, h->name, NULL, NULL), *a = NULL;
    uint32_t old;
    int r;

    if (!b)
        return st_err_set(x->err, -LU_ENOENT, h->name, "a transfer handler is for no global");
    old = x->plan->new_globals[b - x->plan->new->globals];
    if (old)
        a = &x->plan->old->globals[old - 1];
    r = global_map(x, a, b);
    if (r < 0)
        return r;
    return xfer_handle(x, h, a ? a->type : 0, b->type, a ? a->addr : 0, a ? a->size : 0, 0);
}

static int run_handlers(struct st_xfer *x)
{
    const struct st_handler *h = x->plan->rules.handlers;
    int r = 0;

    for (; r == 0 && h && h->kind; h++)
        if (h->kind == ST_HANDLER_GLOBAL)
            r = run_global_handler(x, h);
    return r;
}

/* Live objects that nothing led to. */
static int count_unreached(struct st_xfer *x)
{
    struct heap_view_span v;
    uint32_t unit = 0;
    int r;

    while ((r = heap_view_next(&x->heap, &unit, &v, x->err)) > 0) {
        uint64_t live = 0, reached = 0;

        for (uint32_t w = 0; w * 64 < v.n_objs; w++)
            live += (uint64_t)__builtin_popcountll(heap_view_live(&v, w));
        if (x->span_of_unit[v.unit] && x->span_of_unit[v.unit] != ~0u)
            reached = x->spans[x->span_of_unit[v.unit] - 1]->n_reached;
        if (live > reached) {
            x->stats.unreached += live - reached;
            x->stats.unreached_bytes += (live - reached) * heap_view_size(&v);
        }
    }
    return r;
}

/* --- the whole --- */

static int run_trace(struct st_xfer *x)
{
    int r;

    x->step = LU_STEP_TRACE;
    r = progress(x, true);
    r = r < 0 ? r : globals_pass(x);
    r = r < 0 ? r : grants_reach(x);
    r = r < 0 ? r : trace_heap(x);
    r = r < 0 ? r : place_pending(x);
    r = r < 0 ? r : trace_again(x);
    r = r < 0 ? r : grants_reach(x); /* where they are now */
    return r < 0 ? r : count_unreached(x);
}

static int run_transfer(struct st_xfer *x)
{
    int r;

    x->step = LU_STEP_TRANSFER;
    x->writing = true;
    x->done = 0;
    r = progress(x, true);
    r = r < 0 ? r : globals_pass(x);
    r = r < 0 ? r : write_heap(x);
    r = r < 0 ? r : run_values(x);
    r = r < 0 ? r : run_handlers(x);
    return r < 0 ? r : write_heap(x);
}

int st_transfer_run(const struct st_transfer_args *args, struct st_stats *ret_stats,
                    enum lu_step *ret_step, struct st_err *err)
{
    struct st_xfer *x = st_mem_array(args->mem, 1, sizeof(*x));
    int r;

    if (!x)
        return st_err_set(err, -LU_ENOMEM, NULL, "no memory for the transfer");
    x->args = args;
    x->plan = args->plan;
    x->view = args->old_view;
    x->err = x->plan->lenient ? NULL : err; /* what is left out needs no words */
    x->step = LU_STEP_TRACE;
    if (args->handlers && args->handlers->kind && !x->plan->rules.handlers)
        r = st_err_set(err, -LU_EINVAL, NULL, "the plan was made without the transfer handlers");
    else
        r = xfer_open(x);
    r = r < 0 ? r : run_trace(x);
    r = r < 0 ? r : run_transfer(x);
    if (ret_step)
        *ret_step = x->step;
    if (r >= 0) {
        *ret_stats = x->stats;
        if (err)
            *err = (struct st_err){0};
    }
    xfer_close(x);
    st_mem_free_array(args->mem, x, 1, sizeof(*x));
    return r < 0 ? r : 0;
}
