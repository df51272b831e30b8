/* SPDX-License-Identifier: MIT
 *
 * The walk over one object by its pair, with a stack of frames of its own: while
 * tracing it follows pointers, while writing it converts.
 */
#include "xfer-core.h"

#define CHUNK 4096u

/* Old bytes to the new object: straight for long runs, through the cache for short ones. */
int xfer_copy(struct st_xfer *x, uint64_t old_addr, uint8_t *to, uint64_t len)
{
    if (len < LU_PAGE_SIZE)
        return len ? xfer_read(x, old_addr, to, len) : 0;
    if (x->view->read(x->view->ctx, old_addr, to, len) < 0)
        return xfer_fail(x, -LU_EFAULT, "the old version's memory at %#llx is not readable",
                         (unsigned long long)old_addr);
    return 0;
}

/* Bytes that can't be understood may be copied only if nothing in them looks like a pointer. */
int xfer_scan(struct st_xfer *x, uint64_t old_addr, uint64_t len, const char *what)
{
    uint64_t words[CHUNK / 8];

    for (uint64_t at = (old_addr + 7) & ~7ull; at + 8 <= old_addr + len;) {
        uint64_t n = (old_addr + len - at) / 8;
        int r;

        n = n < CHUNK / 8 ? n : CHUNK / 8;
        r = xfer_read(x, at, words, n * 8);
        if (r < 0)
            return r;
        for (uint64_t i = 0; i < n; i++) {
            bool pointer;

            r = xfer_looks_like_pointer(x, words[i], &pointer);
            if (r < 0)
                return r;
            if (pointer) {
                return xfer_fail(x, -LU_EAMBIGUOUS, "%s holds what looks like a pointer (%#llx)",
                                 what, (unsigned long long)words[i]);
            }
        }
        at += n * 8;
    }
    return 0;
}

static int check_gone(struct st_xfer *x, uint64_t addr, uint64_t len, uint32_t type, bool may_lose,
                      const char *what)
{
    bool zero;
    int r;

    if (!x->writing)
        return 0;
    xfer_at(x, addr, type, NULL);
    r = xfer_is_zero(x, addr, len, &zero);
    if (r < 0 || zero)
        return r;
    return xfer_lose(x, may_lose, what);
}

/* --- pointers --- */

static int walk_pointer(struct st_xfer *x, const struct plan_pair *pair, uint64_t addr,
                        uint64_t new_off)
{
    const struct lu_type *a = &x->plan->old->types[pair->old_type];
    const struct lu_type *b = &x->plan->new->types[pair->new_type];
    uint32_t old_pointee = a->kind == LU_T_PTR ? a->ref : 0;
    uint32_t new_pointee = b->kind == LU_T_PTR ? b->ref : 0;
    uint64_t v, to;
    int r = xfer_word(x, addr, (unsigned)a->size, &v);

    if (r < 0)
        return r;
    if (a->kind != LU_T_PTR && (v < LU_VA_IMAGE || v >= LU_VA_STACK_TOP)) {
        to = v; /* PXFER: an integer that holds a plain number now */
        if (plan_is_integer(a) && a->kind == LU_T_INT && a->size < 8)
            to = (uint64_t)((int64_t)(v << (64 - a->size * 8)) >> (64 - a->size * 8));
    } else {
        r = xfer_pointer(x, v, old_pointee, new_pointee, pair->inner, &to);
        if (r < 0)
            return r;
    }
    if (b->size < 8 && (to >> (b->size * 8)) != 0 &&
        (int64_t)to != (int64_t)(to << (64 - b->size * 8)) >> (64 - b->size * 8))
        return xfer_fail(x, -LU_ERANGE, "a pointer does not fit %u bytes", (unsigned)b->size);
    if (x->writing)
        memcpy(x->object.data + new_off, &to, b->size);
    return 0;
}

/* --- unions --- */

static int walk_union(struct st_xfer *x, const struct plan_pair *pair, uint64_t addr,
                      uint64_t new_off)
{
    uint64_t a = x->plan->old->types[pair->old_type].size;
    uint64_t b = x->plan->new->types[pair->new_type].size;
    uint64_t v, to;
    int r;

    if (pair->flags & PAIR_ALLPTR) {
        r = xfer_word(x, addr, 8, &v);
        r = r < 0 ? r : xfer_pointer(x, v, 0, 0, 0, &to);
        if (r == 0 && x->writing)
            memcpy(x->object.data + new_off, &to, 8);
        return r;
    }
    if (!(pair->flags & PAIR_COPY) && !x->writing) {
        r = xfer_scan(x, addr, a, "a union that nothing tags");
        if (r < 0)
            return r;
    }
    return x->writing ? xfer_copy(x, addr, x->object.data + new_off, a < b ? a : b) : 0;
}

static int walk_bits(struct st_xfer *x, const struct plan_pair *pair, uint64_t addr,
                     uint64_t new_off, bool may_lose)
{
    uint64_t a = x->plan->old->types[pair->old_type].size;
    uint64_t b = x->plan->new->types[pair->new_type].size;
    int r;

    if (!x->writing)
        return 0;
    r = xfer_copy(x, addr, x->object.data + new_off, a < b ? a : b);
    if (r == 0 && a > b)
        r = check_gone(x, addr + b, a - b, ST_PATH_LEAF, may_lose,
                       "bytes that do not fit would be lost");
    return r;
}

/* --- arrays --- */

static bool is_text(const struct st_plan *p, const struct plan_pair *pair)
{
    uint32_t a = p->old->types[pair->old_type].ref, b = p->new->types[pair->new_type].ref;

    return p->old->types[a].kind == LU_T_CHAR && p->new->types[b].kind == LU_T_CHAR;
}

/* A string that was terminated stays so when it is cut. */
static int keep_terminated(struct st_xfer *x, uint64_t addr, uint64_t old_n, uint64_t new_off,
                           uint64_t new_n)
{
    uint8_t *to = x->object.data + new_off;

    if (!new_n || memchr(to, 0, new_n))
        return 0;
    for (uint64_t i = new_n; i < old_n; i++) {
        uint64_t c;
        int r = xfer_word(x, addr + i, 1, &c);

        if (r < 0)
            return r;
        if (!c) {
            to[new_n - 1] = '\0';
            return 0;
        }
    }
    return 0;
}

static int frame_push(struct st_xfer *x, uint32_t pair, uint64_t addr, uint64_t new_off,
                      bool may_lose, struct xfer_frame **ret)
{
    if (x->depth >= sizeof(x->frames) / sizeof(x->frames[0]))
        return xfer_fail(x, -LU_ELIMIT, "types are nested too deeply");
    *ret = &x->frames[x->depth++];
    **ret = (struct xfer_frame){
        .pair = pair, .old_addr = addr, .new_off = new_off, .may_lose = may_lose};
    return 0;
}

static int walk_array(struct st_xfer *x, uint32_t index, uint64_t addr, uint64_t new_off,
                      bool may_lose)
{
    const struct plan_pair *pair = &x->plan->pairs[index];
    const struct lu_type *a = &x->plan->old->types[pair->old_type];
    const struct lu_type *b = &x->plan->new->types[pair->new_type];
    uint64_t old_es = x->plan->old->types[a->ref].size, new_es = x->plan->new->types[b->ref].size;
    uint64_t old_n = a->count, new_n = b->count, n;
    struct xfer_frame *f;
    int r = 0;

    if (!old_es || !new_es)
        return 0;
    if (!old_n) /* flexible: up to the end of the object */
        old_n = x->object.old_end > addr ? (x->object.old_end - addr) / old_es : 0;
    if (!new_n && x->object.new_end > x->object.new_addr + new_off)
        new_n = (x->object.new_end - x->object.new_addr - new_off) / new_es;
    n = old_n < new_n ? old_n : new_n;
    if (x->writing && (x->plan->pairs[pair->inner].flags & PAIR_COPY) && old_es == new_es) {
        r = xfer_copy(x, addr, x->object.data + new_off, n * old_es);
    } else {
        r = frame_push(x, index, addr, new_off, may_lose, &f);
        if (r < 0)
            return r;
        f->n = n;
        f->old_stride = old_es;
        f->new_stride = new_es;
    }
    if (r == 0 && old_n > n)
        r = check_gone(x, addr + n * old_es, (old_n - n) * old_es, a->ref, may_lose,
                       "array elements that do not fit would be lost");
    if (r == 0 && x->writing && old_n > n && may_lose && is_text(x->plan, pair))
        r = keep_terminated(x, addr, old_n, new_off, n);
    return r;
}

/* --- one object or member --- */

int xfer_handle(struct st_xfer *x, const struct st_handler *h, uint32_t old_type, uint32_t new_type,
                uint64_t old_addr, uint64_t old_size, uint64_t new_off)
{
    uint64_t n = old_size < XFER_HANDLER_MAX ? old_size : XFER_HANDLER_MAX;
    uint8_t *copy = st_mem_array(x->args->mem, n, 1);
    struct st_object o = {
        .old_addr = old_addr,
        .old_size = old_size,
        .old_type = old_type,
        .new_type = new_type,
        .old_data = copy,
        .new_addr = x->object.new_addr + new_off,
        .new_data = x->object.data + new_off,
    };
    int r;

    if (!copy)
        return xfer_fail(x, -LU_ENOMEM, "no memory for a transfer handler");
    xfer_at(x, old_addr, old_type, NULL);
    r = n ? xfer_copy(x, old_addr, copy, n) : 0;
    if (r == 0) {
        x->stats.handled++;
        x->error = 0;
        r = h->convert ? h->convert(x, &o) : -LU_ENOSYS;
        if (r < 0 && !x->error)
            r = xfer_fail(x, r, "the transfer handler of '%s' failed: %s", h->name, st_err_name(r));
    }
    st_mem_free_array(x->args->mem, copy, n, 1);
    return r;
}

static int visit(struct st_xfer *x, uint32_t index, uint64_t addr, uint64_t new_off, bool may_lose)
{
    const struct plan_pair *pair = &x->plan->pairs[index];
    struct xfer_frame *f;
    int r;

    if (!index)
        return xfer_fail(x, -LU_EMISMATCH, "has no counterpart");
    if (x->writing ? pair->kind == PAIR_NONE : !(pair->flags & PAIR_TRACE))
        return 0;
    xfer_at(x, addr, pair->old_type, NULL);
    if (x->writing && (pair->flags & PAIR_COPY))
        return xfer_copy(x, addr, x->object.data + new_off,
                         x->plan->old->types[pair->old_type].size);
    switch (pair->kind) {
    case PAIR_SCALAR:
    case PAIR_ENUM:
        return x->writing ? xfer_number(x, pair, addr, x->object.data + new_off, may_lose) : 0;
    case PAIR_PTR:
        return walk_pointer(x, pair, addr, new_off);
    case PAIR_UNION:
        return walk_union(x, pair, addr, new_off);
    case PAIR_BITS:
        return walk_bits(x, pair, addr, new_off, may_lose);
    case PAIR_ARRAY:
        return walk_array(x, index, addr, new_off, may_lose);
    case PAIR_STRUCT:
        r = frame_push(x, index, addr, new_off, may_lose, &f);
        if (r == 0)
            f->n = pair->n_ops;
        return r;
    case PAIR_HANDLED:
        if (!x->writing)
            return 0;
        return xfer_handle(x, pair->handler, pair->old_type, pair->new_type, addr,
                           x->plan->old->types[pair->old_type].size, new_off);
    default:
        return xfer_fail(x, -LU_EMISMATCH, "can't be converted to the new version's type");
    }
}

/* --- operations of a structure --- */

static uint32_t member_type(const struct st_xfer *x, const struct plan_op *op)
{
    return x->plan->old->members[op->member].type;
}

/* Bit-fields have no address of their own. */
static void at_bits(struct st_xfer *x, const struct xfer_frame *f, const struct plan_op *op)
{
    xfer_at(x, f->old_addr, x->plan->pairs[f->pair].old_type,
            plan_old_name(x->plan, x->plan->old->members[op->member].name));
}

static int op_tagged(struct st_xfer *x, const struct xfer_frame *f, const struct plan_op *op)
{
    int64_t tag;
    bool zero;
    int r = xfer_bits_get(x, &op->old, f->old_addr + op->tag_off, &tag);

    if (r < 0)
        return r;
    for (uint32_t i = 0; i < op->n; i++) {
        const struct plan_op *v = &x->plan->ops[op->first + i];

        if (v->value != tag)
            continue;
        if (v->pair)
            return visit(x, v->pair, f->old_addr + op->old_off, f->new_off + op->new_off,
                         f->may_lose);
        return check_gone(x, f->old_addr + op->old_off, v->len, member_type(x, v), f->may_lose,
                          "the union's member in use has no counterpart");
    }
    xfer_at(x, f->old_addr + op->old_off, member_type(x, op), NULL);
    r = xfer_is_zero(x, x->at, op->len, &zero);
    if (r < 0 || zero)
        return r;
    return xfer_fail(x, -LU_EAMBIGUOUS, "its tag (%lld) selects no member of the union",
                     (long long)tag);
}

static int op_drop(struct st_xfer *x, const struct xfer_frame *f, const struct plan_op *op,
                   bool may_lose)
{
    int64_t v;
    int r;

    if (!op->old.width)
        return check_gone(x, f->old_addr + op->old_off, op->len, member_type(x, op), may_lose,
                          "holds a value that the new version has no place for");
    if (!x->writing)
        return 0;
    at_bits(x, f, op);
    r = xfer_bits_get(x, &op->old, f->old_addr + op->old_off, &v);
    if (r < 0 || !v)
        return r;
    return xfer_lose(x, may_lose,
                     "a bit-field holds a value that the new version has no place for");
}

static int run_op(struct st_xfer *x, const struct xfer_frame *f, const struct plan_op *op)
{
    bool may_lose = f->may_lose || (op->flags & OP_MAY_LOSE);
    int r = 0;

    if ((op->flags & OP_LENGTH) && !x->writing)
        r = xfer_length(x, op, f->old_addr);
    if (r < 0)
        return r;
    switch (op->kind) {
    case OP_PAIR:
        return visit(x, op->pair, f->old_addr + op->old_off, f->new_off + op->new_off, may_lose);
    case OP_TAGGED:
        return op_tagged(x, f, op);
    case OP_DROP:
        return op_drop(x, f, op, may_lose);
    case OP_COPY:
        return x->writing ? xfer_copy(x, f->old_addr + op->old_off,
                                      x->object.data + f->new_off + op->new_off, op->len)
                          : 0;
    case OP_BITS:
        at_bits(x, f, op);
        return x->writing ? xfer_bits(x, op, f->old_addr + op->old_off, x->object.data + f->new_off,
                                      may_lose)
                          : 0;
    case OP_VALUE:
        if (x->writing)
            xfer_bits_put(&op->new, x->object.data + f->new_off + op->new_off, op->value);
        return 0;
    default:
        return 0; /* OP_VARIANT belongs to OP_TAGGED; OP_KEEP is nothing to do */
    }
}

/* A frame is done: a handler may add to what was converted. */
static int frame_pop(struct st_xfer *x)
{
    struct xfer_frame f = x->frames[--x->depth];
    const struct plan_pair *pair = &x->plan->pairs[f.pair];

    if (!x->writing || !pair->handler)
        return 0;
    return xfer_handle(x, pair->handler, pair->old_type, pair->new_type, f.old_addr,
                       x->plan->old->types[pair->old_type].size, f.new_off);
}

bool xfer_tolerates(const struct st_xfer *x, int error)
{
    return x->plan->lenient && (error == -LU_ELOSS || error == -LU_ERANGE || error == -LU_ETARGET ||
                                error == -LU_EAMBIGUOUS || error == -LU_EMISMATCH);
}

int xfer_walk(struct st_xfer *x, uint32_t pair, uint64_t old_addr, uint64_t new_off, bool may_lose)
{
    int r;

    x->depth = 0;
    r = visit(x, pair, old_addr, new_off, may_lose);
    while ((r == 0 || xfer_tolerates(x, r)) && x->depth) {
        struct xfer_frame *f = &x->frames[x->depth - 1];
        const struct plan_pair *p = &x->plan->pairs[f->pair];
        uint64_t i = f->i;

        r = 0;
        if (i >= f->n) {
            r = frame_pop(x);
            continue;
        }
        f->i++;
        if (p->kind == PAIR_ARRAY)
            r = visit(x, p->inner, f->old_addr + i * f->old_stride, f->new_off + i * f->new_stride,
                      f->may_lose);
        else
            r = run_op(x, f, &x->plan->ops[p->first_op + i]);
    }
    return xfer_tolerates(x, r) ? 0 : r;
}
