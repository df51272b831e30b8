/* SPDX-License-Identifier: MIT
 *
 * The way back, and the comparison of all objects.
 */
#include "reverse-core.h"

static int step(struct reverse *v)
{
    const struct st_reverse_args *args = v->args;
    int r = args->progress ? args->progress(args->progress_ctx, v->stats.objects) : 0;

    return r < 0 ? st_err_set(v->err, r, NULL, "stopped: %s", st_err_name(r)) : 0;
}

/* --- the way back --- */

static int on_transfer(void *ctx, enum lu_step at, uint64_t done)
{
    const struct st_reverse_args *args = ctx;

    (void)at;
    return args->progress ? args->progress(args->progress_ctx, done) : 0;
}

static int transfer_back(struct reverse *v, const struct st_plan *inverse)
{
    const struct st_reverse_args *args = v->args;
    const struct st_transfer_args back = {.plan = inverse,
                                          .old_view = args->new_view,
                                          .new_view = args->old_view, /* its constants */
                                          .target = args->back,
                                          .mem = args->mem,
                                          .progress = on_transfer,
                                          .progress_ctx = (void *)(uintptr_t)args};
    struct st_stats stats;

    return xfer_run(&back, &v->a, &stats, NULL, NULL);
}

static int go_back(struct reverse *v)
{
    const struct st_mem *mem = v->args->mem;
    const struct st_plan *p = v->plan;
    struct st_plan *inverse = NULL;
    struct st_rules rules;
    size_t size = 0;
    void *blob = NULL;
    int r = plan_inverse_rules(p, &blob, &size);

    r = r < 0 ? r : st_rules_open(&rules, blob, size, v->err);
    r = r < 0 ? r : plan_make(&inverse, p->new, p->old, &rules, true, mem, v->err);
    r = r < 0 ? r : transfer_back(v, inverse);
    st_plan_free(inverse);
    st_mem_free_array(&p->mem, blob, size, 1);
    return r < 0 ? st_err_set(v->err, r, NULL, "the way back: %s", st_err_name(r)) : 0;
}

/* --- globals --- */

static bool handler_touches(const struct st_plan *p, const struct lu_global *b)
{
    const struct st_handler *h = p->rules.handlers;

    for (; h && h->kind; h++)
        if (h->kind == ST_HANDLER_GLOBAL && strcmp(h->name, plan_new_name(p, b->name)) == 0)
            return true;
    return false;
}

static bool rule_sets(const struct st_plan *p, uint32_t new_global)
{
    for (uint32_t i = 0; i < p->n_values; i++)
        if (p->values[i].new_global == new_global)
            return true;
    return false;
}

static int compare_global(struct reverse *v, uint32_t i)
{
    const struct plan_global *g = &v->plan->globals[i];
    const struct lu_global *a = &v->plan->old->globals[i];
    const struct lu_global *b;

    if (g->action != GLOBAL_XFER) {
        v->stats.exempt += !(a->flags & LU_A_CONST);
        return 0;
    }
    b = &v->plan->new->globals[g->new_global - 1];
    if (handler_touches(v->plan, b) || rule_sets(v->plan, g->new_global - 1)) {
        v->stats.exempt++;
        return 0;
    }
    v->stats.objects++;
    v->stats.bytes += a->size;
    v->delta = 0;
    v->a.object = (struct xfer_object){.old_addr = a->addr, .old_end = a->addr + a->size};
    if (g->pair)
        return reverse_walk(v, g->pair, a->addr, g->may_lose);
    return reverse_bytes(v, a->addr, a->size < b->size ? a->size : b->size, g->may_lose);
}

static int compare_globals(struct reverse *v)
{
    int r = 0;

    for (uint32_t i = 0; i < v->plan->old->n_globals && r == 0; i++) {
        r = compare_global(v, i);
        r = r < 0 ? r : step(v);
    }
    return r;
}

/* --- heap objects --- */

static int compare_typed(struct reverse *v, const struct place *p)
{
    const struct xfer_span *s = p->span;
    uint64_t size = v->plan->old->types[s->old_type].size;
    int r = 0;

    for (uint64_t i = 0; i < s->count && r == 0; i++)
        r = reverse_walk(v, s->pair, p->base + i * size, false);
    if (r < 0 || s->old_head >= s->old_size ||
        ((s->flags & SPAN_ARRAY) && !(s->flags & SPAN_COUNTED)))
        return r;
    return reverse_bytes(v, p->base + s->old_head, s->old_size - s->old_head, false);
}

static int compare_object(struct reverse *v, const struct place *p)
{
    const struct xfer_span *s = p->span;

    if ((s->base->flags & SPAN_TYPED) && !s->cell) { /* without a site it lost its type */
        v->stats.exempt++;
        return 0;
    }
    v->delta = s->moved[p->index].to - p->base;
    v->a.object = (struct xfer_object){.old_addr = p->base, .old_end = p->base + s->old_size};
    if (s->flags & SPAN_TYPED)
        return compare_typed(v, p);
    return reverse_bytes(v, p->base, s->old_size, false);
}

/* Objects of a log beyond the cursor, as it grows.  1 if there was one. */
static int compare_log(struct reverse *v, const struct xfer_log *log, struct xfer_cursor *cursor,
                       enum heap_which which)
{
    bool any = false;
    uint64_t addr;

    while (xfer_log_next(log, cursor, &addr)) {
        struct place p;
        int r = xfer_place(&v->a, addr, &p);

        if (r == 0 && xfer_is_which(p.span, which))
            r = compare_object(v, &p);
        r = r < 0 ? r : step(v);
        if (r < 0)
            return r;
        any = true;
    }
    return any;
}

static int compare_heap(struct reverse *v)
{
    struct xfer_cursor sites = {0}, counted = {0}, untyped = {0};
    int r;

    do {
        r = compare_log(v, &v->a.log, &sites, HEAP_SITE);
        if (r >= 0)
            r = compare_log(v, &v->a.typed, &counted, HEAP_COUNTED);
    } while (r > 0);
    if (r == 0)
        r = compare_log(v, &v->a.log, &untyped, HEAP_UNTYPED);
    return r < 0 ? r : 0;
}

/* --- the whole --- */

/* The old state tells what pointers were; then what came back is compared with it. */
static int run(struct reverse *v)
{
    const struct st_reverse_args *args = v->args;
    const struct st_transfer_args reader = {.plan = args->plan, .mem = args->mem};
    int r;

    v->a.args = v->b.args = &reader;
    v->a.plan = v->b.plan = args->plan;
    v->a.view = args->old_view;
    v->b.view = args->back_view;
    r = xfer_open(&v->a);
    r = r < 0 ? r : go_back(v);
    v->a.err = v->b.err = v->err;
    r = r < 0 ? r : xfer_open(&v->b);
    r = r < 0 ? r : compare_globals(v);
    r = r < 0 ? r : compare_heap(v);
    xfer_close(&v->b);
    xfer_close(&v->a);
    return r;
}

int st_reverse_check(const struct st_reverse_args *args, struct st_reverse_stats *ret_stats,
                     struct st_err *err)
{
    struct reverse *v = st_mem_array(args->mem, 1, sizeof(*v));
    int r;

    if (!v)
        return st_err_set(err, -LU_ENOMEM, NULL, "no memory for the reverse check");
    v->args = args;
    v->plan = args->plan;
    v->err = err;
    r = run(v);
    if (r == 0)
        *ret_stats = v->stats;
    st_mem_free_array(args->mem, v, 1, sizeof(*v));
    return r;
}
