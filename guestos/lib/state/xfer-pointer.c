/* SPDX-License-Identifier: MIT
 *
 * Where an old pointer leads in the new version: the object is found by the
 * address, the place in it by xfer-map.c.  Objects do not touch: the heap's places
 * are longer than what was asked for, and lucc leaves a byte after arrays and
 * structures.  Where some do (an explicit section), an address that ends one and
 * starts another is told apart by the pointer's type, or else is an error.
 */
#include "xfer-core.h"

#define NO_LITERAL (1ull << 40) /* beyond all addresses */

/* --- from an object to its new place --- */

static int to_heap(struct st_xfer *x, const struct place *p, uint64_t offset, uint32_t old_pointee,
                   uint32_t new_pointee, uint64_t *ret)
{
    const struct xfer_span *s = p->span;
    uint64_t base, tail;
    int r = xfer_reach(x, p, x->at, &base);

    if (r < 0)
        return r;
    if (x->hint)
        xfer_want_heap(x, p, base);
    if (!(s->flags & SPAN_TYPED)) {
        *ret = base + offset;
        return 0;
    }
    if (s->flags & SPAN_FLEXIBLE)
        return xfer_map(x, s->pair, 0, offset, old_pointee, new_pointee, base, ret);
    tail = base + s->new_head + (offset - s->old_head);
    if (offset <= s->old_head)
        r = xfer_map(x, s->pair, s->count, offset, old_pointee, new_pointee, base, ret);
    else
        *ret = tail;
    if (offset == s->old_head && x->want && x->want == tail) {
        *ret = tail;
        return 0;
    }
    if (r == 0 && (s->flags & SPAN_TAIL) && offset == s->old_head && *ret != tail)
        return xfer_fail(x, -LU_EAMBIGUOUS,
                         "leads to the end of an array, or to what follows it; they were parted");
    return r;
}

/* Content that is the new version's own: entries of tables are found by what they hold. */
static bool is_constant(const struct st_xfer *x, uint32_t i)
{
    const struct plan_global *g = &x->plan->globals[i];

    return (x->plan->old->globals[i].flags & LU_A_CONST) ||
           (g->action == GLOBAL_DROP &&
            (x->plan->new->globals[g->new_global - 1].flags &LU_A_CONST));
}

/* Does the constant hold the same, in the same layout?  Then bytes are where they were. */
static int is_same(struct st_xfer *x, uint32_t pair, uint64_t old_addr, uint64_t new_addr,
                   bool *ret)
{
    const struct plan_pair *p = &x->plan->pairs[pair];
    uint64_t size = x->plan->old->types[p->old_type].size;
    const struct xfer_table key = {.pair = pair,
                                   .old_addr = old_addr,
                                   .new_addr = new_addr,
                                   .old_size = size,
                                   .new_size = size,
                                   .old_n = 1,
                                   .new_n = 1};
    const struct xfer_table *t;
    int r = 0;

    *ret = false;
    if (!(p->flags & PAIR_COPY) || !size)
        return 0;
    r = xfer_table(x, &key, &t);
    *ret = r == 0 && t->start == 1;
    return r;
}

static int to_constant(struct st_xfer *x, const struct place *p, uint64_t offset,
                       uint32_t old_pointee, uint32_t new_pointee, uint64_t *ret)
{
    const struct plan_global *g = &x->plan->globals[p->index];
    const struct lu_global *to = &x->plan->new->globals[g->new_global - 1];
    bool flexible = p->size > x->plan->old->types[x->plan->old->globals[p->index].type].size, same;
    int r = is_same(x, g->pair, p->base, to->addr, &same);

    if (r < 0)
        return r;
    if (!same || flexible)
        x->constant =
            (struct xfer_constant){p->base + offset, p->base + p->size, to->addr + to->size};
    r = xfer_map(x, g->pair, !flexible, offset, old_pointee, new_pointee, to->addr, ret);
    x->constant = (struct xfer_constant){0};
    return r;
}

static int to_global(struct st_xfer *x, const struct place *p, uint64_t offset,
                     uint32_t old_pointee, uint32_t new_pointee, uint64_t *ret)
{
    const struct plan_global *g = &x->plan->globals[p->index];
    const struct lu_global *to = g->new_global ? &x->plan->new->globals[g->new_global - 1] : NULL;
    const char *name = plan_old_name(x->plan, x->plan->old->globals[p->index].name);
    bool flexible;

    if (!to)
        return xfer_fail(x, -LU_ETARGET, "leads to '%s', which the new version does not have",
                         name);
    if (!g->pair) {
        if (offset > to->size)
            return xfer_fail(x, -LU_ETARGET, "leads behind what is left of '%s'", name);
        *ret = to->addr + offset;
        return 0;
    }
    if (is_constant(x, p->index))
        return to_constant(x, p, offset, old_pointee, new_pointee, ret);
    /* A flexible array is part of the object beyond its type. */
    flexible = p->size > x->plan->old->types[x->plan->old->globals[p->index].type].size;
    return xfer_map(x, g->pair, !flexible, offset, old_pointee, new_pointee, to->addr, ret);
}

uint64_t xfer_literal(const struct st_desc *d, uint64_t hash, uint32_t size)
{
    for (uint32_t i = 0; i < d->n_literals; i++)
        if (d->literals[i].hash == hash && d->literals[i].size == size)
            return d->literals[i].addr;
    return 0;
}

/* Same content in the new version, or a copy in its heap. */
static int to_literal(struct st_xfer *x, const struct place *p, uint64_t offset, uint64_t *ret)
{
    const struct lu_literal *l = &x->plan->old->literals[p->index];
    uint64_t to = x->literals[p->index];
    void *data;

    to = to ? to : xfer_literal(x->plan->new, l->hash, l->size);
    if (!to && x->comparing) { /* none of the new version's, but the same each time */
        *ret = NO_LITERAL + xfer_literal(x->plan->old, l->hash, l->size) + offset;
        return 0;
    }
    if (!to) {
        to = x->args->target->alloc(x->args->target->ctx, l->size, 0);
        data = to ? x->args->target->map(x->args->target->ctx, to, l->size) : NULL;
        if (!data || to > UINT32_MAX)
            return xfer_fail(x, -LU_ENOMEM, "no memory for the new version's heap");
        x->stats.literals_copied++;
        if (x->view->read(x->view->ctx, l->addr, data, l->size) < 0)
            return xfer_fail(x, -LU_EFAULT, "a literal of the old version is not readable");
    }
    x->literals[p->index] = (uint32_t)to;
    *ret = to + offset;
    return 0;
}

/* A result or parameter that is passed alike. */
static bool passed_alike(const struct st_desc *d, uint32_t i, uint32_t j)
{
    const struct lu_type *a = &d->types[i], *b = &d->types[j];

    return (a->kind == LU_T_FLOAT) == (b->kind == LU_T_FLOAT) && a->size == b->size;
}

/* Can a function of one type be called as another? */
static bool signatures_fit(const struct st_desc *d, uint32_t i, uint32_t j)
{
    const struct lu_type *a = &d->types[i], *b = &d->types[j];

    if (a->kind != LU_T_FUNC || b->kind != LU_T_FUNC || !passed_alike(d, a->ref, b->ref))
        return false;
    if (a->count != b->count)
        return !a->count || !b->count; /* declared without a prototype */
    for (uint32_t k = 0; k < a->count; k++)
        if (!passed_alike(d, d->members[a->first + k].type, d->members[b->first + k].type))
            return false;
    return true;
}

static int to_function(struct st_xfer *x, const struct place *p, uint32_t old_pointee,
                       uint32_t new_pointee, uint64_t *ret)
{
    const struct lu_func *f = &x->plan->old->funcs[p->index], *g;
    uint32_t to = x->plan->funcs[p->index];
    char is[64], said[64];

    if (!to)
        return xfer_fail(x, -LU_ETARGET,
                         "leads to function '%s', which the new version does not have",
                         plan_old_name(x->plan, f->name));
    g = &x->plan->new->funcs[to - 1];
    /* A pointer that did not tell the truth before need not now. */
    if (new_pointee && signatures_fit(x->plan->old, old_pointee, f->type) &&
        !signatures_fit(x->plan->new, new_pointee, g->type))
        return xfer_fail(x, -LU_EMISMATCH, "would be a pointer to '%s' that leads to '%s'",
                         st_type_print(x->plan->new, new_pointee, said, sizeof(said)),
                         st_type_print(x->plan->new, g->type, is, sizeof(is)));
    *ret = g->addr;
    return 0;
}

static int to_place(struct st_xfer *x, const struct place *p, uint64_t value, uint32_t old_pointee,
                    uint32_t new_pointee, uint64_t *ret)
{
    switch (p->kind) {
    case PLACE_HEAP:
        return to_heap(x, p, value - p->base, old_pointee, new_pointee, ret);
    case PLACE_GLOBAL:
        return to_global(x, p, value - p->base, old_pointee, new_pointee, ret);
    case PLACE_FUNC:
        return to_function(x, p, old_pointee, new_pointee, ret);
    case PLACE_LITERAL:
        return to_literal(x, p, value - p->base, ret);
    default:
        *ret = value;
        return 0;
    }
}

/* --- which object is meant --- */

static uint32_t place_type(const struct st_xfer *x, const struct place *p)
{
    if (p->kind == PLACE_GLOBAL)
        return x->plan->old->globals[p->index].type;
    if (p->kind == PLACE_LITERAL)
        return x->plan->old->literals[p->index].type;
    return p->kind == PLACE_HEAP && (p->span->flags & SPAN_TYPED) ? p->span->old_type : 0;
}

/* How well the pointer suits as one past the end of an array that ends with this object. */
static enum xfer_fit may_end(const struct st_xfer *x, const struct place *p, uint32_t pointee)
{
    const struct st_desc *d = x->plan->old;
    uint32_t type = place_type(x, p);

    if (p->kind != PLACE_GLOBAL && p->kind != PLACE_HEAP)
        return FIT_NOT;
    if (p->kind == PLACE_HEAP &&
        (!type || ((p->span->flags & SPAN_ARRAY) && xfer_types_agree(d, type, pointee))))
        return FIT_TYPE;
    return xfer_ends_with(d, type, pointee);
}

static enum xfer_fit may_start(const struct st_xfer *x, const struct place *p, uint32_t pointee)
{
    uint32_t type = place_type(x, p);

    return type ? xfer_starts_with(x->plan->old, type, pointee) : FIT_TYPE;
}

/* `starts` and `ends` meet at `value`. */
static int choose(struct st_xfer *x, const struct place *starts, const struct place *ends,
                  uint64_t value, uint32_t pointee, const struct place **ret)
{
    enum xfer_fit start = may_start(x, starts, pointee), end = may_end(x, ends, pointee);

    if (end && start == end)
        return xfer_fail(x, -LU_EAMBIGUOUS,
                         "%#llx is the end of one object and the start of another",
                         (unsigned long long)value);
    *ret = end > start ? ends : starts;
    return 0;
}

static int unknown(struct st_xfer *x, uint64_t value)
{
    const char *what = "leads to nothing that is known";
    struct xfer_span *s;

    if (value < LU_PAGE_SIZE)
        what = "holds a small number, not a pointer";
    else if (value >= LU_VA_STACK_TOP - LU_STACK_SIZE && value < LU_VA_STACK_TOP)
        what = "leads to the stack";
    else if (value >= x->heap.base && value < LU_VA_HEAP_END && xfer_span_at(x, value, &s) == 0)
        what = "leads to freed memory";
    return xfer_fail(x, -LU_ETARGET, "%s (%#llx)", what, (unsigned long long)value);
}

/* An untyped object that is used as a type which changed can't be copied. */
static int check_untyped(struct st_xfer *x, const struct place *p, uint32_t pair,
                         uint32_t old_pointee)
{
    char name[64];

    if (p->kind != PLACE_HEAP || (p->span->flags & SPAN_TYPED) || !pair ||
        (x->plan->pairs[pair].flags & PAIR_SHAPE))
        return 0;
    x->doubtful |= !x->placed;
    if (!x->placed)
        return 0; /* its type may yet be found */
    return xfer_fail(x, -LU_EAMBIGUOUS,
                     "leads to an untyped object that is used as '%s', which changed",
                     st_type_print(x->plan->old, old_pointee, name, sizeof(name)));
}

/* Device memory belongs to the slot and stays as it is: both versions must see the same in it. */
static int check_device(struct st_xfer *x, const struct place *p, uint64_t value, uint32_t pair,
                        uint32_t old_pointee, uint32_t new_pointee)
{
    uint64_t room, size = x->plan->new->types[new_pointee].size;
    char name[64];

    if (p->kind != PLACE_DEVICE || !pair)
        return 0;
    st_type_print(x->plan->old, old_pointee, name, sizeof(name));
    if (!(x->plan->pairs[pair].flags & PAIR_SHAPE))
        return xfer_fail(x, -LU_EMISMATCH,
                         "leads to device memory, which stays as it is, as '%s', which changed",
                         name);
    room = xfer_room(x, p, value);
    if (room && size > room)
        return xfer_fail(x, -LU_ETARGET, "leads to %llu bytes of device memory, '%s' takes %llu",
                         (unsigned long long)room, name, (unsigned long long)size);
    return 0;
}

int xfer_meant(struct st_xfer *x, uint64_t value, uint32_t pointee, struct place *ret)
{
    const struct place *meant = ret;
    struct place end = {0};
    int r = xfer_place(x, value, ret);

    /* Objects on the heap do not touch. */
    if (r == 0 && (!ret->kind || (ret->base == value && ret->kind != PLACE_HEAP))) {
        r = xfer_ending(x, value, &end);
        if (r == 0 && !ret->kind)
            meant = &end;
        else if (r == 0 && end.kind)
            r = choose(x, ret, &end, value, pointee, &meant);
    }
    if (r < 0)
        return r;
    if (!meant->kind)
        return unknown(x, value);
    *ret = *meant;
    return 0;
}

int xfer_pointer(struct st_xfer *x, uint64_t value, uint32_t old_pointee, uint32_t new_pointee,
                 uint32_t pointee_pair, uint64_t *ret)
{
    struct place p;
    int r;

    if (!value) {
        *ret = 0;
        return 0;
    }
    x->stats.pointers += x->writing;
    r = xfer_meant(x, value, old_pointee, &p);
    if (r == 0 && p.kind == PLACE_HEAP)
        xfer_span_suit(x, p.span, pointee_pair);
    r = r < 0 ? r : check_untyped(x, &p, pointee_pair, old_pointee);
    r = r < 0 ? r : check_device(x, &p, value, pointee_pair, old_pointee, new_pointee);
    x->want = x->hint; /* of what keeps its address */
    r = r < 0 ? r : to_place(x, &p, value, old_pointee, new_pointee, ret);
    x->want = x->hint = 0;
    return r;
}

int xfer_looks_like_pointer(struct st_xfer *x, uint64_t word, bool *ret)
{
    struct place p;
    int r;

    *ret = false;
    if (word < LU_VA_IMAGE)
        return 0;
    r = xfer_place(x, word, &p);
    *ret = r == 0 && p.kind && p.kind != PLACE_DEVICE;
    return r;
}
