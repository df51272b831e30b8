/* SPDX-License-Identifier: MIT
 *
 * Verifier and interpreter of filter bytecode.  The verifier proves that every
 * instruction is whole, every jump lands on one, every stack depth is one number
 * between 0 and FILTER_STACK, every slot exists, and the end is END; what is left
 * for run time is memory, division and the number of steps.
 */
#include "filter-code.h"
#include "heap-view.h"

#include <string.h>

const struct filter_op_info filter_op_info[FOP_COUNT] = {
#define X(name, operands, pops, pushes) {operands, pops, pushes},
    FILTER_OPS(X)
#undef X
};

#define UNKNOWN 0xffu

static int bad(struct st_err *err, unsigned at, const char *what)
{
    return st_err_at(err, -LU_EFORMAT, at, "filter bytecode: %s", what);
}

static uint16_t read16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t read32(const uint8_t *p)
{
    return read16(p) | (uint32_t)read16(p + 2) << 16;
}

static int header_open(const uint8_t *code, size_t len, struct filter_header *h, struct st_err *err)
{
    if (len < sizeof(*h) || len > LU_FILTER_MAX)
        return bad(err, 0, "length");
    memcpy(h, code, sizeof(*h));
    if (h->magic != FILTER_MAGIC || h->version != FILTER_VERSION)
        return bad(err, 0, "magic or version");
    if (h->n_slots > FILTER_SLOTS || !h->code_len ||
        sizeof(*h) + h->code_len + h->n_cells * sizeof(uint64_t) != len)
        return bad(err, 2, "sizes");
    return 0;
}

static bool operand_ok(const struct filter_header *h, const uint8_t *p)
{
    switch (p[0]) {
    case FOP_LOAD:
        return (p[1] & 0x7f) >= 1 && (p[1] & 0x7f) <= 8;
    case FOP_BITS:
        return p[1] < 8 && p[2] >= 1 && p[2] <= 64 && p[1] + p[2] <= 64 && p[3] <= 1;
    case FOP_GET:
    case FOP_SET:
        return p[1] < h->n_slots;
    case FOP_DIV:
    case FOP_MOD:
    case FOP_SHL:
    case FOP_SHR:
    case FOP_SHRU:
        return p[1] == 32 || p[1] == 64;
    case FOP_HEAP:
        return read16(p + 1) <= h->n_cells && read16(p + 3) <= h->n_cells - read16(p + 1) &&
               read32(p + 5);
    default:
        return true;
    }
}

/* Notes that `target` is reached with `depth`; backward targets must agree. */
static bool jump_ok(uint8_t *depth, const struct filter_header *h, unsigned at, unsigned target,
                    uint8_t d)
{
    if (target >= h->code_len || (target <= at && depth[target] == UNKNOWN))
        return false;
    if (depth[target] != UNKNOWN && depth[target] != d)
        return false;
    depth[target] = d;
    return true;
}

int st_filter_verify(const uint8_t *code, size_t len, struct st_err *err)
{
    uint8_t depth[LU_FILTER_MAX], starts[LU_FILTER_MAX] = {0};
    struct filter_header h = {0};
    const uint8_t *p = code + sizeof(h);
    uint8_t d = 0, last = FOP_JMP;
    int ret = header_open(code, len, &h, err);

    if (ret < 0)
        return ret;
    memset(depth, UNKNOWN, sizeof(depth));
    depth[0] = 0;
    for (unsigned at = 0; at < h.code_len; at += 1u + filter_op_info[last].operands) {
        const struct filter_op_info *op = &filter_op_info[p[at] < FOP_COUNT ? p[at] : 0];

        last = p[at];
        if (last >= FOP_COUNT || op->operands >= h.code_len - at)
            return bad(err, at, "unknown or cut instruction");
        starts[at] = 1;
        d = depth[at];
        if (d == UNKNOWN || d < op->pops || d - op->pops + op->pushes > (int)FILTER_STACK)
            return bad(err, at, "stack");
        if (!operand_ok(&h, p + at))
            return bad(err, at, "operand");
        d = (uint8_t)(d - op->pops + op->pushes);
        if (last == FOP_JMP || last == FOP_JZ || last == FOP_JNZ)
            if (!jump_ok(depth, &h, at, read16(p + at + 1), d))
                return bad(err, at, "jump");
        if (last == FOP_END && (d || at + 1 != h.code_len))
            return bad(err, at, "end");
        if (last != FOP_JMP && last != FOP_END &&
            !jump_ok(depth, &h, at, at + 1u + op->operands, d))
            return bad(err, at, "stack");
    }
    if (last != FOP_END)
        return bad(err, h.code_len, "no end");
    for (unsigned at = 0; at < h.code_len; at++)
        if (depth[at] != UNKNOWN && !starts[at])
            return bad(err, at, "jump into an instruction");
    return 0;
}

/* --- interpreter --- */

struct machine {
    const struct st_view *view;
    const uint8_t *code; /* after the header */
    const uint8_t *cells;
    struct st_err *err;
    int64_t stack[FILTER_STACK], slots[FILTER_SLOTS];
    unsigned sp, pc;
    uint32_t steps;
};

static int64_t sign_extend(uint64_t v, unsigned bits)
{
    unsigned shift = 64 - bits;

    return (int64_t)(v << shift) >> shift;
}

static int run_load(struct machine *m, uint8_t operand)
{
    unsigned n = operand & 0x7f;
    uint64_t v = 0, addr = (uint64_t)m->stack[m->sp - 1];

    if (m->view->read(m->view->ctx, addr, &v, n) < 0)
        return st_err_at(m->err, -LU_EFAULT, m->pc, "the filter followed a pointer to %#llx",
                         (unsigned long long)addr);
    m->stack[m->sp - 1] = operand & 0x80 ? sign_extend(v, n * 8) : (int64_t)v;
    return 0;
}

static void run_bits(struct machine *m, const uint8_t *operands)
{
    uint64_t v = (uint64_t)m->stack[m->sp - 1] >> operands[0];

    if (operands[2])
        m->stack[m->sp - 1] = sign_extend(v, operands[1]);
    else
        m->stack[m->sp - 1] =
            operands[1] == 64 ? (int64_t)v : (int64_t)(v & ((1ull << operands[1]) - 1));
}

/* Is this one of the sites that count?  *ret_array: it allocates arrays. */
static bool cell_listed(const struct machine *m, const uint8_t *operands, uint64_t site,
                        bool *ret_array)
{
    const uint8_t *cell = m->cells + read16(operands) * 8u;

    for (unsigned i = 0; i < read16(operands + 2); i++) {
        uint64_t listed;

        memcpy(&listed, cell + i * 8, 8);
        *ret_array = listed & 1;
        if ((listed & ~1ull) == site)
            return true;
    }
    return false;
}

/* Address of the span's first live object with index at least `i`, or 0. */
static uint64_t object_next(const struct heap_view_span *span, uint64_t i)
{
    for (; i < span->n_objs; i = (i | 63) + 1) {
        uint64_t bits = heap_view_live(span, (uint32_t)(i / 64)) & ~0ull << i % 64;

        if (bits)
            return span->addr +
                   (i / 64 * 64 + (uint64_t)__builtin_ctzll(bits)) * (uint64_t)span->stride;
    }
    return 0;
}

/* The element after `after`, in the same object or the next one of the span, or 0. */
static uint64_t span_next(const struct heap_view_span *span, bool array, uint32_t size,
                          uint64_t after)
{
    uint64_t i = (after - span->addr) / span->stride, object = span->addr + i * span->stride;

    if (after < span->addr)
        return object_next(span, 0);
    if (i < span->n_objs && array && after - object + 2ull * size <= heap_view_size(span))
        return after + size;
    return object_next(span, i + 1);
}

static int run_heap(struct machine *m, const uint8_t *operands)
{
    uint64_t after = (uint64_t)m->stack[m->sp - 1], found = 0;
    struct heap_view h;
    uint32_t unit = 0;
    int ret = heap_view_open(&h, m->view, m->err);

    if (ret >= 0 && after >= h.base && (after - h.base) / LU_HEAP_UNIT < h.header.n_units)
        unit = (uint32_t)((after - h.base) / LU_HEAP_UNIT);
    else if (after)
        unit = h.header.n_units;
    while (ret >= 0 && !found && unit < h.header.n_units) {
        struct heap_view_span span;
        bool array;

        if (++m->steps > ST_FILTER_STEPS)
            return -LU_ELIMIT;
        ret = heap_view_step(&h, &unit, &span, m->err);
        if (ret > 0 && cell_listed(m, operands, span.site, &array))
            found = span_next(&span, array, read32(operands + 4), after);
    }
    m->stack[m->sp - 1] = (int64_t)found;
    return ret < 0 ? ret : 0;
}

static int shift(struct machine *m, const uint8_t *p, int64_t a, int64_t b, int64_t *ret)
{
    if (b < 0 || b >= p[1])
        return st_err_at(m->err, -LU_ERANGE, m->pc, "the filter shifts %u bits by %lld", p[1],
                         (long long)b);
    if (p[0] == FOP_SHL)
        *ret = (int64_t)((uint64_t)a << b);
    else
        *ret = p[0] == FOP_SHR ? a >> b : (int64_t)((uint64_t)a >> b);
    return 0;
}

static int divide(struct machine *m, const uint8_t *p, int64_t a, int64_t b, int64_t *ret)
{
    bool is_signed = p[0] == FOP_DIV || p[0] == FOP_MOD;

    if (!b)
        return st_err_at(m->err, -LU_ERANGE, m->pc, "the filter divides by zero");
    if (is_signed && b == -1 && a == (p[1] == 32 ? INT32_MIN : INT64_MIN))
        return st_err_at(m->err, -LU_ERANGE, m->pc, "the filter divides the least number by -1");
    if (p[0] == FOP_DIVU)
        *ret = (int64_t)((uint64_t)a / (uint64_t)b);
    else if (p[0] == FOP_MODU)
        *ret = (int64_t)((uint64_t)a % (uint64_t)b);
    else if (b == -1) /* a hostile operand of 32 bits can be the least of 64 */
        *ret = p[0] == FOP_DIV ? (int64_t)(0 - (uint64_t)a) : 0;
    else
        *ret = p[0] == FOP_DIV ? a / b : a % b;
    return 0;
}

static int run_binary(struct machine *m, const uint8_t *p)
{
    int64_t a = m->stack[m->sp - 2], b = m->stack[m->sp - 1], r = 0;
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    int ret = 0;

    switch (p[0]) {
    case FOP_ADD:
        r = (int64_t)(x + y);
        break;
    case FOP_SUB:
        r = (int64_t)(x - y);
        break;
    case FOP_MUL:
        r = (int64_t)(x * y);
        break;
    case FOP_DIV:
    case FOP_DIVU:
    case FOP_MOD:
    case FOP_MODU:
        ret = divide(m, p, a, b, &r);
        break;
    case FOP_SHL:
    case FOP_SHR:
    case FOP_SHRU:
        ret = shift(m, p, a, b, &r);
        break;
    case FOP_AND:
        r = a & b;
        break;
    case FOP_OR:
        r = a | b;
        break;
    case FOP_XOR:
        r = a ^ b;
        break;
    case FOP_EQ:
        r = a == b;
        break;
    case FOP_NE:
        r = a != b;
        break;
    case FOP_LT:
        r = a < b;
        break;
    case FOP_LTU:
        r = x < y;
        break;
    case FOP_LE:
        r = a <= b;
        break;
    case FOP_LEU:
        r = x <= y;
        break;
    default:
        return st_err_at(m->err, -LU_EFORMAT, m->pc, "filter bytecode: instruction");
    }
    m->sp--;
    m->stack[m->sp - 1] = r;
    return ret;
}

static void run_push(struct machine *m, const uint8_t *p)
{
    int32_t v32;
    int64_t v = sign_extend(p[1], 8);

    if (p[0] == FOP_PUSH32) {
        memcpy(&v32, p + 1, 4);
        v = v32;
    } else if (p[0] == FOP_PUSH64) {
        memcpy(&v, p + 1, 8);
    }
    m->stack[m->sp++] = v;
}

static void run_swap(int64_t *top)
{
    int64_t v = top[0];

    top[0] = top[-1];
    top[-1] = v;
}

/* One instruction; pc is already behind it. */
static int run_one(struct machine *m, const uint8_t *p)
{
    int64_t *top = m->stack + (m->sp ? m->sp - 1 : 0);

    switch (p[0]) {
    case FOP_PUSH8:
    case FOP_PUSH32:
    case FOP_PUSH64:
        run_push(m, p);
        return 0;
    case FOP_LOAD:
        return run_load(m, p[1]);
    case FOP_BITS:
        run_bits(m, p + 1);
        return 0;
    case FOP_DUP:
        m->stack[m->sp] = *top;
        m->sp++;
        return 0;
    case FOP_SWAP:
        run_swap(top);
        return 0;
    case FOP_POP:
        m->sp--;
        return 0;
    case FOP_GET:
        m->stack[m->sp++] = m->slots[p[1]];
        return 0;
    case FOP_SET:
        m->slots[p[1]] = *top;
        m->sp--;
        return 0;
    case FOP_JMP:
        m->pc = read16(p + 1);
        return 0;
    case FOP_JZ:
    case FOP_JNZ:
        if ((*top != 0) == (p[0] == FOP_JNZ))
            m->pc = read16(p + 1);
        m->sp--;
        return 0;
    case FOP_NEG:
        *top = (int64_t)(0 - (uint64_t)*top);
        return 0;
    case FOP_NOT:
        *top = ~*top;
        return 0;
    case FOP_LNOT:
        *top = !*top;
        return 0;
    case FOP_BOOL:
        *top = *top != 0;
        return 0;
    case FOP_HEAP:
        return run_heap(m, p + 1);
    default:
        return run_binary(m, p);
    }
}

int st_filter_eval(const uint8_t *code, size_t len, const struct st_view *view, int *ret_true,
                   struct st_err *err)
{
    struct machine m = {.view = view, .code = code + sizeof(struct filter_header), .err = err};
    struct filter_header h;
    int ret = st_filter_verify(code, len, err);

    if (ret < 0)
        return ret;
    memcpy(&h, code, sizeof(h));
    m.cells = m.code + h.code_len;
    while (m.code[m.pc] != FOP_END) {
        const uint8_t *p = m.code + m.pc;

        if (++m.steps > ST_FILTER_STEPS)
            return st_err_at(err, -LU_ELIMIT, m.pc,
                             "the filter takes too long (a list without end?)");
        m.pc += 1u + filter_op_info[p[0]].operands;
        ret = run_one(&m, p);
        if (ret < 0)
            return ret == -LU_ELIMIT ? st_err_at(err, ret, m.pc, "the filter takes too long") : ret;
    }
    *ret_true = m.stack[0] != 0;
    return 0;
}
