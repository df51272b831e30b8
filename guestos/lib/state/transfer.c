/* SPDX-License-Identifier: MIT
 *
 * The two passes over the old version's state, and what stands around them:
 * globals that vanish, grants, leaks, transfer handlers of globals.
 */
#include "xfer-core.h"

#define PROGRESS_EVERY 4096u

int xfer_progress(struct st_xfer *x, bool always)
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
                                     .new_end = b->addr + b->size,
                                     .origin = b->addr};
    if (!x->writing)
        return 0;
    x->object.data = b->size ? t->map(t->ctx, b->addr, b->size) : x->nothing;
    if (!x->object.data)
        return xfer_fail(x, -LU_EFAULT, "the new version's '%s' is not writable",
                         plan_new_name(x->plan, b->name));
    return 0;
}

static int global_bits(struct st_xfer *x, const struct lu_global *a, const struct lu_global *b,
                       bool may_lose)
{
    uint64_t n = a->size < b->size ? a->size : b->size;
    int r;

    if (!x->writing)
        return 0;
    r = xfer_copy(x, a->addr, x->object.data, n);
    if (r < 0 || a->size == n)
        return r;
    return xfer_gone(x, a->addr + n, a->size - n, ST_PATH_LEAF, may_lose,
                     "bytes that do not fit would be lost");
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

/* Its type, to tell values from padding; a flexible array makes it longer than that. */
static uint32_t global_type(const struct st_xfer *x, const struct lu_global *a)
{
    return x->plan->old->types[a->type].size == a->size ? a->type : ST_PATH_LEAF;
}

/* Nothing will hold what is in it: it must hold nothing, or what it was born with. */
static int global_drop(struct st_xfer *x, uint32_t i)
{
    const struct lu_global *a = &x->plan->old->globals[i];
    int rule = plan_rule_global(x->plan, ST_RULE_INITIAL, a, false);
    uint64_t hash;
    bool empty;
    int r;

    if (x->writing)
        return 0; /* known since the trace */
    xfer_at(x, a->addr, 0, NULL);
    r = xfer_is_empty(x, a->addr, a->size, global_type(x, a), &empty);
    if (r < 0 || empty)
        return r;
    if (rule >= 0) {
        r = hash_old(x, a->addr, a->size, &hash);
        if (r < 0)
            return r;
        if ((int64_t)hash == st_rules_get(&x->plan->rules, (uint32_t)rule).value)
            return 0;
    }
    return xfer_lose(x, false,
                     x->plan->globals[i].new_global
                         ? "holds a value, and is a constant in the new version"
                         : "holds a value, and the new version does not have it");
}

/* Dropped or kept back by a rule or an annotation. */
static int global_kept_back(struct st_xfer *x, uint32_t i)
{
    const struct lu_global *a = &x->plan->old->globals[i];

    return a->flags & LU_A_CONST ? 0 : xfer_kept_back(x, a->addr, a->size, global_type(x, a));
}

int xfer_globals(struct st_xfer *x)
{
    for (uint32_t i = 0; i < x->plan->old->n_globals; i++) {
        const struct plan_global *g = &x->plan->globals[i];
        int r = 0;

        if (g->action == GLOBAL_XFER)
            r = global_xfer(x, i);
        else if (g->action == GLOBAL_DROP)
            r = global_drop(x, i);
        else
            r = global_kept_back(x, i);
        if (r == 0 || xfer_tolerates(x, r))
            r = xfer_progress(x, false);
        if (r < 0)
            return r;
    }
    return 0;
}

/* --- grants --- */

static int grant_reach(struct st_xfer *x, struct st_grant *g)
{
    uint64_t first = 0, last = 0;
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
        uint64_t was = 0, value = (uint64_t)x->plan->values[i].value;
        int r = global_map(x, NULL, b);

        if (r < 0)
            return r;
        memcpy(&was, x->object.data, t->size);
        if (x->plan->new_globals[b - x->plan->new->globals] && was &&
            memcmp(&was, &value, t->size) != 0)
            x->stats.allowed++; /* what it held */
        memcpy(x->object.data, &value, t->size);
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
    r = xfer_progress(x, true);
    r = r < 0 ? r : xfer_globals(x);
    r = r < 0 ? r : grants_reach(x);
    r = r < 0 ? r : xfer_heap_trace(x);
    return r < 0 ? r : grants_reach(x); /* where they are now */
}

static int run_transfer(struct st_xfer *x)
{
    int r;

    x->step = LU_STEP_TRANSFER;
    x->writing = true;
    x->done = 0;
    r = xfer_progress(x, true);
    r = r < 0 ? r : xfer_globals(x);
    r = r < 0 ? r : xfer_heap_write(x);
    r = r < 0 ? r : run_values(x);
    r = r < 0 ? r : run_handlers(x);
    r = r < 0 ? r : xfer_heap_write(x);
    return r < 0 ? r : count_unreached(x); /* handlers may have reached more */
}

int xfer_run(const struct st_transfer_args *args, struct st_xfer *origin,
             struct st_stats *ret_stats, enum lu_step *ret_step, struct st_err *err)
{
    struct st_xfer *x = st_mem_array(args->mem, 1, sizeof(*x));
    int r;

    if (!x)
        return st_err_set(err, -LU_ENOMEM, NULL, "no memory for the transfer");
    x->args = args;
    x->plan = args->plan;
    x->view = args->old_view;
    x->origin = origin;
    x->err = x->plan->lenient ? NULL : err; /* what is left out needs no words */
    x->step = LU_STEP_TRACE;
    if (args->handlers && args->handlers->kind && !x->plan->rules.handlers)
        r = st_err_set(err, -LU_EINVAL, NULL, "the plan was made without the transfer handlers");
    else if (!args->new_view)
        r = st_err_set(err, -LU_EINVAL, NULL, "there is no view of the new version");
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

int st_transfer_run(const struct st_transfer_args *args, struct st_stats *ret_stats,
                    enum lu_step *ret_step, struct st_err *err)
{
    return xfer_run(args, NULL, ret_stats, ret_step, err);
}
