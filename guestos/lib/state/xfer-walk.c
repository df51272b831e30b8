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
                xfer_at(x, at + i * 8, 0, NULL);
                return xfer_fail(x, -LU_EAMBIGUOUS, "%s holds what looks like a pointer (%#llx)",
                                 what, (unsigned long long)words[i]);
            }
        }
        at += n * 8;
    }
    return 0;
}

/* --- pointers --- */

/* In a union that nothing tags: a pointer, if a member that is one is in use. */
static int scan_pointer(struct st_xfer *x, uint64_t addr, unsigned size)
{
    bool pointer;
    uint64_t v;
    int r = xfer_word(x, addr, size, &v);

    if (r < 0 || (r = xfer_looks_like_pointer(x, v, &pointer)) < 0 || !pointer)
        return r;
    xfer_at(x, x->union_at, x->union_type, NULL);
    return xfer_fail(x, -LU_EAMBIGUOUS,
                     "a union that nothing tags holds what looks like a pointer (%#llx)",
                     (unsigned long long)v);
}

static int walk_pointer(struct st_xfer *x, const struct plan_pair *pair, uint64_t addr,
                        uint64_t new_off, bool may_lose)
{
    const struct lu_type *a = &x->plan->old->types[pair->old_type];
    const struct lu_type *b = &x->plan->new->types[pair->new_type];
    uint32_t old_pointee = a->kind == LU_T_PTR ? a->ref : 0;
    uint32_t new_pointee = b->kind == LU_T_PTR ? b->ref : 0;
    uint64_t v, to;
    int r = xfer_word(x, addr, (unsigned)a->size, &v);

    if (r < 0)
        return r;
    if (a->kind != LU_T_PTR && (v < LU_VA_IMAGE || v >= LU_VA_STACK_TOP)) /* PXFER: a number now */
        return x->writing ? xfer_number(x, pair, addr, x->object.data + new_off, may_lose) : 0;
    xfer_hint(x, new_off, (unsigned)b->size);
    r = xfer_pointer(x, v, old_pointee, new_pointee, pair->inner, &to);
    if (r < 0)
        return r;
    if (b->size < 8 && to >> (b->size * 8 - (b->kind == LU_T_INT)) != 0)
        return xfer_fail(x, -LU_ERANGE, "a pointer does not fit %u bytes", (unsigned)b->size);
    if (x->writing)
        memcpy(x->object.data + new_off, &to, b->size);
    return 0;
}

/* --- frames --- */

static int frame_push(struct st_xfer *x, uint32_t pair, uint64_t addr, uint64_t new_off,
                      unsigned how, struct xfer_frame **ret)
{
    if (x->depth >= sizeof(x->frames) / sizeof(x->frames[0]))
        return xfer_fail(x, -LU_ELIMIT, "types are nested too deeply");
    *ret = &x->frames[x->depth++];
    **ret = (struct xfer_frame){.pair = pair, .old_addr = addr, .new_off = new_off, .how = how};
    return 0;
}

/* --- unions --- */

/* Is the union's member in use a pointer?  Its bits tell whether it could be. */
static int scan_union(struct st_xfer *x, uint32_t index, uint64_t addr, unsigned how)
{
    const struct plan_pair *pair = &x->plan->pairs[index];
    struct xfer_frame *f;
    int r = frame_push(x, index, addr, 0, how, &f);

    if (r < 0)
        return r;
    f->n = pair->n_ops;
    if (!(how & HOW_SCAN)) {
        x->union_at = addr;
        x->union_type = pair->old_type;
    }
    f->how |= HOW_SCAN;
    return 0;
}

/* Of a constant, to be compared: what looks like a pointer is one. */
static int compare_union(struct st_xfer *x, uint64_t addr, uint64_t new_off, uint64_t len)
{
    int r = xfer_copy(x, addr, x->object.data + new_off, len);

    for (uint64_t at = 0; r == 0 && at + 8 <= len; at += 8) {
        uint64_t v, to;
        bool pointer;

        memcpy(&v, x->object.data + new_off + at, 8);
        r = xfer_looks_like_pointer(x, v, &pointer);
        if (r < 0 || !pointer)
            continue;
        r = xfer_pointer(x, v, 0, 0, 0, &to);
        if (r == 0)
            memcpy(x->object.data + new_off + at, &to, 8);
    }
    return r;
}

static int walk_union(struct st_xfer *x, uint32_t index, uint64_t addr, uint64_t new_off,
                      unsigned how)
{
    const struct plan_pair *pair = &x->plan->pairs[index];
    uint64_t a = x->plan->old->types[pair->old_type].size;
    uint64_t b = x->plan->new->types[pair->new_type].size;
    uint64_t v, to;
    int r;

    if (pair->flags & PAIR_ALLPTR) {
        r = xfer_word(x, addr, 8, &v);
        xfer_hint(x, new_off, 8);
        r = r < 0 ? r : xfer_pointer(x, v, 0, 0, 0, &to);
        if (r == 0 && x->writing)
            memcpy(x->object.data + new_off, &to, 8);
        return r;
    }
    if (x->comparing && !(pair->flags & PAIR_COPY))
        return compare_union(x, addr, new_off, a < b ? a : b);
    if (x->writing)
        return xfer_copy(x, addr, x->object.data + new_off, a < b ? a : b);
    return pair->flags & PAIR_COPY ? 0 : scan_union(x, index, addr, how);
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
        r = xfer_gone(x, addr + b, a - b, ST_PATH_LEAF, may_lose,
                      "bytes that do not fit would be lost");
    return r;
}

/* --- arrays --- */

static bool is_text(const struct st_plan *p, const struct plan_pair *pair)
{
    uint32_t a = plan_array(p->old, pair->old_type).element;
    uint32_t b = plan_array(p->new, pair->new_type).element;

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

/* Elements of the array at `addr` (or new offset) that lie in the object, if it is flexible. */
static uint64_t count_of(const struct plan_array *a, uint64_t from, uint64_t end)
{
    if (a->count || !a->size)
        return a->count;
    return end > from ? (end - from) / a->size : 0;
}

static int walk_array(struct st_xfer *x, uint32_t index, uint64_t addr, uint64_t new_off,
                      unsigned how)
{
    const struct plan_pair *pair = &x->plan->pairs[index];
    struct plan_array a = plan_array(x->plan->old, pair->old_type),
                      b = plan_array(x->plan->new, pair->new_type);
    uint64_t old_n = count_of(&a, addr, x->object.old_end);
    uint64_t new_n = b.size ? count_of(&b, x->object.new_addr + new_off, x->object.new_end) : old_n;
    uint64_t n = old_n < new_n ? old_n : new_n;
    struct xfer_frame *f;
    int r = 0;

    if (!a.size)
        return 0;
    if (x->writing && (x->plan->pairs[pair->inner].flags & PAIR_COPY) && a.size == b.size) {
        r = xfer_copy(x, addr, x->object.data + new_off, n * a.size);
    } else {
        r = frame_push(x, index, addr, new_off, how, &f);
        if (r < 0)
            return r;
        f->n = n;
        f->old_stride = a.size;
        f->new_stride = b.size;
    }
    if (r == 0 && old_n > n)
        r = xfer_gone(x, addr + n * a.size, (old_n - n) * a.size, a.element, how & HOW_LOSE,
                      "array elements that do not fit would be lost");
    if (r == 0 && x->writing && old_n > n && (how & HOW_LOSE) && is_text(x->plan, pair))
        r = keep_terminated(x, addr, old_n, new_off, n);
    return r;
}

/* --- one object or member --- */

int xfer_handle(struct st_xfer *x, const struct st_handler *h, uint32_t old_type, uint32_t new_type,
                uint64_t old_addr, uint64_t old_size, uint64_t new_off)
{
    uint64_t n = old_size < XFER_HANDLER_MAX ? old_size : XFER_HANDLER_MAX;
    uint8_t *copy;
    struct st_object o = {
        .old_addr = old_addr,
        .old_size = old_size,
        .old_type = old_type,
        .new_type = new_type,
        .new_addr = x->object.new_addr + new_off,
        .new_data = x->object.data + new_off,
    };
    int r;

    if (x->args->count_handlers) {
        x->stats.handled++;
        return 0;
    }
    o.old_data = copy = st_mem_array(x->args->mem, n, 1);
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

/* Same layout, nothing to follow: bytes.  What ends in a flexible array ends with the object. */
static int copy_whole(struct st_xfer *x, const struct plan_pair *pair, uint64_t addr,
                      uint64_t new_off, bool may_lose)
{
    uint64_t len = x->plan->old->types[pair->old_type].size, room;
    uint64_t new_at = x->object.new_addr + new_off;

    if (!(pair->flags & PAIR_FLEXIBLE))
        return xfer_copy(x, addr, x->object.data + new_off, len);
    len = x->object.old_end > addr + len ? x->object.old_end - addr : len;
    room = x->object.new_end - new_at;
    if (len > room) {
        int r = xfer_gone(x, addr + room, len - room, ST_PATH_LEAF, may_lose,
                          "array elements that do not fit would be lost");
        if (r < 0)
            return r;
        len = room;
    }
    return xfer_copy(x, addr, x->object.data + new_off, len);
}

static int convert(struct st_xfer *x, uint32_t index, uint64_t addr, uint64_t new_off, unsigned how)
{
    const struct plan_pair *pair = &x->plan->pairs[index];
    struct xfer_frame *f;
    int r;

    switch (pair->kind) {
    case PAIR_SCALAR:
    case PAIR_ENUM:
        return x->writing ? xfer_number(x, pair, addr, x->object.data + new_off, how & HOW_LOSE)
                          : 0;
    case PAIR_PTR:
        if (how & HOW_SCAN)
            return scan_pointer(x, addr, (unsigned)x->plan->old->types[pair->old_type].size);
        return walk_pointer(x, pair, addr, new_off, how & HOW_LOSE);
    case PAIR_UNION:
        return walk_union(x, index, addr, new_off, how);
    case PAIR_BITS:
        return walk_bits(x, pair, addr, new_off, how & HOW_LOSE);
    case PAIR_ARRAY:
        return walk_array(x, index, addr, new_off, how);
    case PAIR_STRUCT:
        r = frame_push(x, index, addr, new_off, how, &f);
        if (r == 0)
            f->n = pair->n_ops;
        return r;
    default:
        return xfer_fail(x, -LU_EMISMATCH, "can't be converted to the new version's type");
    }
}

static int handle(struct st_xfer *x, const struct plan_pair *pair, uint64_t addr, uint64_t new_off)
{
    if (x->comparing)
        return 0;
    return xfer_handle(x, pair->handler, pair->old_type, pair->new_type, addr,
                       x->plan->old->types[pair->old_type].size, new_off);
}

static int visit(struct st_xfer *x, uint32_t index, uint64_t addr, uint64_t new_off, unsigned how)
{
    const struct plan_pair *pair = &x->plan->pairs[index];
    unsigned depth = x->depth;
    int r;

    if (!index)
        return xfer_fail(x, -LU_EMISMATCH, "has no counterpart");
    if (x->writing ? pair->kind == PAIR_NONE : !(pair->flags & PAIR_TRACE))
        return 0;
    xfer_at(x, addr, pair->old_type, NULL);
    if (x->writing && (pair->flags & PAIR_COPY))
        return copy_whole(x, pair, addr, new_off, how & HOW_LOSE);
    if (pair->kind == PAIR_HANDLED)
        return x->writing ? handle(x, pair, addr, new_off) : 0;
    r = convert(x, index, addr, new_off, how);
    if (r < 0 || !x->writing || !pair->handler || x->depth > depth)
        return r;
    return handle(x, pair, addr, new_off); /* what has a frame: when it is done */
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

static int op_variant(struct st_xfer *x, const struct xfer_frame *f, const struct plan_op *v)
{
    uint64_t addr = f->old_addr + v->old_off;
    uint64_t new_off = f->new_off + v->new_off;
    bool may_lose = (f->how & HOW_LOSE) || (v->flags & OP_MAY_LOSE);
    int r;

    if (v->pair)
        return visit(x, v->pair, addr, new_off, f->how);
    if (v->flags & OP_SKIP)
        return xfer_kept_back(x, addr, v->len, member_type(x, v));
    if (!(v->flags & OP_RAW))
        return xfer_gone(x, addr, v->len, member_type(x, v), may_lose,
                         "the union's member in use has no counterpart");
    if (!x->writing)
        return 0;
    r = xfer_copy(x, addr, x->object.data + new_off, v->len < v->n ? v->len : v->n);
    if (r < 0 || v->len <= v->n)
        return r;
    return xfer_gone(x, addr + v->n, v->len - v->n, ST_PATH_LEAF, may_lose,
                     "bytes that do not fit would be lost");
}

static int op_tagged(struct st_xfer *x, const struct xfer_frame *f, const struct plan_op *op)
{
    int64_t tag;
    bool zero;
    int r;

    if (f->how & HOW_SCAN)
        return 0; /* each of its members by itself */
    r = xfer_bits_get(x, &op->old, f->old_addr + op->tag_off, &tag);
    if (r < 0)
        return r;
    for (uint32_t i = 0; i < op->n; i++) {
        const struct plan_op *v = &x->plan->ops[op->first + i];

        if (v->value == tag)
            return op_variant(x, f, v);
    }
    xfer_at(x, f->old_addr + op->old_off, member_type(x, op), NULL);
    r = xfer_is_zero(x, x->at, op->len, &zero);
    if (r < 0 || zero)
        return r;
    return xfer_fail(x, -LU_EAMBIGUOUS, "its tag (%lld) selects no member of the union",
                     (long long)tag);
}

/* Bytes of a member; a flexible array goes to the end of the object. */
static uint64_t member_len(const struct st_xfer *x, const struct plan_op *op, uint64_t addr)
{
    const struct lu_type *t = &x->plan->old->types[member_type(x, op)];

    if (t->kind != LU_T_ARRAY || t->count || x->object.old_end < addr)
        return op->len;
    return x->object.old_end - addr;
}

static int op_drop(struct st_xfer *x, const struct xfer_frame *f, const struct plan_op *op)
{
    bool may_lose = op->flags & OP_MAY_LOSE;
    uint64_t addr = f->old_addr + op->old_off, len = member_len(x, op, addr);
    uint32_t type = member_type(x, op);
    int64_t v;
    int r;

    if (!op->old.width)
        return xfer_gone(x, addr, len, x->plan->old->types[type].size == len ? type : ST_PATH_LEAF,
                         may_lose, "holds a value that the new version has no place for");
    if (!x->writing)
        return 0;
    at_bits(x, f, op);
    r = xfer_bits_get(x, &op->old, f->old_addr + op->old_off, &v);
    if (r < 0 || !v)
        return r;
    return xfer_lose(x, may_lose,
                     "a bit-field holds a value that the new version has no place for");
}

/* IXFER of a member. */
static int op_copy(struct st_xfer *x, const struct xfer_frame *f, const struct plan_op *op,
                   unsigned how)
{
    uint64_t addr = f->old_addr + op->old_off, new_off = f->new_off + op->new_off;
    uint64_t len = member_len(x, op, addr), room = len;

    if (!x->writing)
        return 0;
    if (len != op->len) {
        room = x->object.new_end - x->object.new_addr - new_off;
        room = room < len ? room : len;
    }
    if (room < len) {
        int r = xfer_gone(x, addr + room, len - room, ST_PATH_LEAF, how & HOW_LOSE,
                          "bytes that do not fit would be lost");
        if (r < 0)
            return r;
    }
    return xfer_copy(x, addr, x->object.data + new_off, room);
}

/* A number by rule.  What it replaces is a loss that was allowed. */
static int op_value(struct st_xfer *x, const struct xfer_frame *f, const struct plan_op *op)
{
    uint8_t *to;
    int64_t was;

    if (!x->writing || x->comparing)
        return 0;
    to = x->object.data + f->new_off + op->new_off;
    was = xfer_bits_peek(&op->new, to);
    if ((op->flags & OP_MAY_LOSE) && was && was != op->value)
        x->stats.allowed++;
    xfer_bits_put(&op->new, to, op->value);
    return 0;
}

static int run_op(struct st_xfer *x, const struct xfer_frame *f, const struct plan_op *op)
{
    unsigned how = f->how | (op->flags & OP_MAY_LOSE ? HOW_LOSE : 0);
    int r = 0;

    if ((op->flags & OP_LENGTH) && !x->writing && !(how & HOW_SCAN))
        r = xfer_length(x, op, f->old_addr);
    if (r < 0)
        return r;
    switch (op->kind) {
    case OP_PAIR:
        return visit(x, op->pair, f->old_addr + op->old_off, f->new_off + op->new_off, how);
    case OP_TAGGED:
        return op_tagged(x, f, op);
    case OP_VARIANT: /* belongs to OP_TAGGED */
        return (f->how & HOW_SCAN) && op->pair ? op_variant(x, f, op) : 0;
    case OP_DROP:
        return op_drop(x, f, op);
    case OP_COPY:
        return op_copy(x, f, op, how);
    case OP_BITS:
        at_bits(x, f, op);
        return x->writing ? xfer_bits(x, op, f->old_addr + op->old_off, x->object.data + f->new_off,
                                      how & HOW_LOSE)
                          : 0;
    case OP_VALUE:
        return op_value(x, f, op);
    case OP_KEEP:
        return xfer_kept_back(x, f->old_addr + op->old_off,
                              x->plan->old->types[member_type(x, op)].size, member_type(x, op));
    default:
        return 0;
    }
}

/* A frame is done: a handler may add to what was converted. */
static int frame_pop(struct st_xfer *x)
{
    struct xfer_frame f = x->frames[--x->depth];
    const struct plan_pair *pair = &x->plan->pairs[f.pair];

    if (!x->writing || !pair->handler)
        return 0;
    return handle(x, pair, f.old_addr, f.new_off);
}

bool xfer_tolerates(const struct st_xfer *x, int error)
{
    return (x->plan->lenient || x->comparing) &&
           (error == -LU_ELOSS || error == -LU_ERANGE || error == -LU_ETARGET ||
            error == -LU_EAMBIGUOUS || error == -LU_EMISMATCH);
}

int xfer_walk(struct st_xfer *x, uint32_t pair, uint64_t old_addr, uint64_t new_off, bool may_lose)
{
    int r;

    x->depth = 0;
    r = visit(x, pair, old_addr, new_off, may_lose ? HOW_LOSE : 0);
    while ((r == 0 || xfer_tolerates(x, r)) && x->depth) {
        struct xfer_frame *f = &x->frames[x->depth - 1];
        const struct plan_pair *p = &x->plan->pairs[f->pair];
        uint64_t i = f->i;

        x->odd |= r < 0;
        r = 0;
        if (i >= f->n) {
            r = frame_pop(x);
            continue;
        }
        f->i++;
        if (p->kind == PAIR_ARRAY)
            r = visit(x, p->inner, f->old_addr + i * f->old_stride, f->new_off + i * f->new_stride,
                      f->how);
        else
            r = run_op(x, f, &x->plan->ops[p->first_op + i]);
    }
    x->odd |= r < 0;
    return xfer_tolerates(x, r) ? 0 : r;
}
