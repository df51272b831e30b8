/* SPDX-License-Identifier: MIT
 *
 * Parser of the filter language: precedence climbing over C's operators, types
 * checked on the way, one pass, code emitted as it goes.  Integers are converted as
 * C does it (C11 6.3.1.8); what is undefined there wraps around, or is an error when
 * it is evaluated (division, shifts).
 */
#include "filter-parse.h"

#include <string.h>

/* --- postfix --- */

static bool is_aggregate(const struct filter_parser *p, uint32_t type)
{
    uint16_t kind = p->d->types[type].kind;

    return kind == LU_T_STRUCT || kind == LU_T_UNION;
}

static struct filter_value parse_dot(struct filter_parser *p, struct filter_value v, bool arrow)
{
    char text[64];
    unsigned at = p->token_at;

    filter_next(p);
    if (arrow && v.kind == VAL_OBJECT && is_aggregate(p, v.type)) {
        filter_fail(p, -LU_EMISMATCH, at, "this is no pointer; did you mean '.'?");
        return v;
    }
    if (arrow) {
        filter_load(p, &v);
        if (v.kind != VAL_PTR || !is_aggregate(p, v.type)) {
            filter_fail(p, -LU_EMISMATCH, at, "'->' needs a pointer to a structure");
            return v;
        }
    } else if (v.kind == VAL_PTR) {
        filter_fail(p, -LU_EMISMATCH, at, "this is a pointer; did you mean '->'?");
        return v;
    } else if (v.kind != VAL_OBJECT || !is_aggregate(p, v.type)) {
        bool pointer = v.kind == VAL_OBJECT && p->d->types[v.type].kind == LU_T_PTR;
        filter_fail(p, -LU_EMISMATCH, at, "'%s' is no structure%s",
                    filter_type_name(p, v.type, text, sizeof(text)),
                    pointer ? "; did you mean '->'?" : "");
        return v;
    }
    if (p->token != TOK_NAME) {
        filter_fail(p, -LU_EINVAL, p->token_at, "expected a member's name");
        return v;
    }
    v = filter_member(p, v, p->name, p->token_at);
    filter_next(p);
    return v;
}

static void check_pointee(struct filter_parser *p, const struct filter_value *v, unsigned at,
                          const char *what)
{
    char text[64];

    if (v->kind != VAL_PTR)
        filter_fail(p, -LU_EMISMATCH, at, "%s needs a pointer or an array", what);
    else if (!p->d->types[v->type].size)
        filter_fail(p, -LU_EMISMATCH, at, "%s can't be used on a pointer to '%s'", what,
                    filter_type_name(p, v->type, text, sizeof(text)));
}

static struct filter_value parse_index(struct filter_parser *p, struct filter_value v)
{
    unsigned at = p->token_at;
    struct filter_value index;

    filter_next(p);
    filter_load(p, &v);
    check_pointee(p, &v, at, "'[]'");
    index = filter_expr(p);
    filter_load(p, &index);
    if (index.kind == VAL_PTR)
        filter_fail(p, -LU_EMISMATCH, index.at, "an index must be an integer");
    filter_expect(p, "]", "an index");
    if (p->error)
        return v;
    filter_emit_int(p, (int64_t)p->d->types[v.type].size);
    filter_emit(p, FOP_MUL);
    filter_emit(p, FOP_ADD);
    return (struct filter_value){.kind = VAL_OBJECT, .type = v.type, .at = v.at};
}

static struct filter_value parse_primary(struct filter_parser *p)
{
    struct filter_value v = filter_int(p->token_at);

    if (p->error)
        return v;
    if (p->token == TOK_NUMBER) {
        filter_emit_int(p, (int64_t)p->number);
        v.wide = p->number_wide;
        v.is_unsigned = p->number_unsigned;
        v.zero = !p->number;
        filter_next(p);
    } else if (filter_is_quantifier(p)) {
        v = filter_quantifier(p);
    } else if (p->token == TOK_NAME) {
        v = filter_name(p);
    } else if (filter_take(p, "(")) {
        v = filter_expr(p);
        v.zero = v.zero && v.kind == VAL_NUM;
        filter_expect(p, ")", "an expression in parentheses");
    } else if (p->token == TOK_END) {
        filter_fail(p, -LU_EINVAL, p->token_at, "the filter ends where a value is expected");
    } else {
        filter_fail(p, -LU_EINVAL, p->token_at, "expected a value, not '%s'", p->punct);
    }
    return v;
}

static struct filter_value parse_postfix(struct filter_parser *p)
{
    struct filter_value v = parse_primary(p);

    while (!p->error) {
        if (filter_is(p, "."))
            v = parse_dot(p, v, false);
        else if (filter_is(p, "->"))
            v = parse_dot(p, v, true);
        else if (filter_is(p, "["))
            v = parse_index(p, v);
        else if (filter_is(p, "++") || filter_is(p, "--"))
            filter_fail(p, -LU_EINVAL, p->token_at, "a filter can't change the state ('%s')",
                        p->punct);
        else
            break;
    }
    return v;
}

/* --- unary --- */

static struct filter_value parse_address(struct filter_parser *p, unsigned at)
{
    struct filter_value v;

    filter_next(p);
    v = filter_unary(p);
    if (v.kind != VAL_OBJECT)
        filter_fail(p, -LU_EMISMATCH, at, "'&' needs an object in memory");
    v.kind = VAL_PTR;
    return v;
}

static struct filter_value parse_deref(struct filter_parser *p, unsigned at)
{
    struct filter_value v;

    filter_next(p);
    v = filter_unary(p);
    filter_load(p, &v);
    check_pointee(p, &v, at, "'*'");
    v.kind = VAL_OBJECT;
    return v;
}

static struct filter_value parse_cast(struct filter_parser *p)
{
    struct filter_type to;

    filter_next(p);
    to = filter_type(p);
    filter_expect(p, ")", "a type");
    return filter_cast(p, &to, filter_unary(p));
}

static struct filter_value parse_sign(struct filter_parser *p, enum filter_op op, unsigned at)
{
    struct filter_value v;
    const char *punct = op == FOP_NEG ? "-" : op == FOP_NOT ? "~" : "+";

    filter_next(p);
    v = filter_unary(p);
    if (op == FOP_LNOT) {
        filter_truth(p, &v);
        filter_emit(p, FOP_LNOT);
        return v;
    }
    filter_load(p, &v);
    if (v.kind != VAL_NUM)
        filter_fail(p, -LU_EMISMATCH, at, "'%s' needs an integer", punct);
    if (op != FOP_END)
        filter_emit(p, op);
    if (op != FOP_END && !v.wide)
        filter_emit_bits(p, 0, 32, !v.is_unsigned);
    v.cast = 0;
    return v;
}

static struct filter_value parse_unary(struct filter_parser *p)
{
    static const struct {
        const char *punct;
        enum filter_op op;
    } ops[] = {{"-", FOP_NEG}, {"~", FOP_NOT}, {"!", FOP_LNOT}, {"+", FOP_END}};
    unsigned at = p->token_at;

    if (filter_is(p, "&"))
        return parse_address(p, at);
    if (filter_is(p, "*"))
        return parse_deref(p, at);
    if (filter_is(p, "(") && filter_type_follows(p))
        return parse_cast(p);
    if (p->token == TOK_NAME && strcmp(p->name, "sizeof") == 0 && !p->scope[0])
        return filter_sizeof(p);
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
        if (filter_is(p, ops[i].punct))
            return parse_sign(p, ops[i].op, at);
    return parse_postfix(p);
}

struct filter_value filter_unary(struct filter_parser *p)
{
    unsigned at = p->token_at;
    bool plain = p->token != TOK_PUNCT;
    struct filter_value v;

    if (p->nest >= FILTER_MAX_NEST)
        filter_fail(p, -LU_ELIMIT, at, "the filter is nested too deeply");
    if (p->error)
        return filter_int(at);
    p->nest++;
    v = parse_unary(p);
    p->nest--;
    if (!plain) {
        v.at = at;
        v.zero = false;
    }
    return v;
}

/* --- binary --- */

enum binary_class { BIN_ARITH, BIN_BITS, BIN_SHIFT, BIN_ADD, BIN_COMPARE, BIN_EQUAL };

static const struct binary {
    const char *punct;
    uint8_t level; /* precedence: higher binds tighter */
    uint8_t class;
    uint8_t op, op_unsigned;
    bool negate; /* a > b is !(a <= b) */
} binaries[] = {
    {"*", 10, BIN_ARITH, FOP_MUL, FOP_MUL, false},  {"/", 10, BIN_ARITH, FOP_DIV, FOP_DIVU, false},
    {"%", 10, BIN_ARITH, FOP_MOD, FOP_MODU, false}, {"+", 9, BIN_ADD, FOP_ADD, FOP_ADD, false},
    {"-", 9, BIN_ADD, FOP_SUB, FOP_SUB, false},     {"<<", 8, BIN_SHIFT, FOP_SHL, FOP_SHL, false},
    {">>", 8, BIN_SHIFT, FOP_SHR, FOP_SHRU, false}, {"<", 7, BIN_COMPARE, FOP_LT, FOP_LTU, false},
    {"<=", 7, BIN_COMPARE, FOP_LE, FOP_LEU, false}, {">", 7, BIN_COMPARE, FOP_LE, FOP_LEU, true},
    {">=", 7, BIN_COMPARE, FOP_LT, FOP_LTU, true},  {"==", 6, BIN_EQUAL, FOP_EQ, FOP_EQ, false},
    {"!=", 6, BIN_EQUAL, FOP_NE, FOP_NE, false},    {"&", 5, BIN_BITS, FOP_AND, FOP_AND, false},
    {"^", 4, BIN_BITS, FOP_XOR, FOP_XOR, false},    {"|", 3, BIN_BITS, FOP_OR, FOP_OR, false},
};
#define LEVEL_AND 2
#define LEVEL_OR 1

static const struct binary *binary_find(const struct filter_parser *p)
{
    for (size_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++)
        if (filter_is(p, binaries[i].punct))
            return &binaries[i];
    return NULL;
}

/* Do two pointers that are compared lead to things of one type, as far as can be told? */
static void check_pointees(struct filter_parser *p, uint32_t l, uint32_t r, unsigned at)
{
    const struct lu_type *x = &p->d->types[l], *y = &p->d->types[r];
    char left[48], right[48];

    if (x->kind == LU_T_VOID || y->kind == LU_T_VOID ||
        (x->kind == LU_T_FUNC && y->kind == LU_T_FUNC))
        return;
    filter_type_name(p, l, left, sizeof(left));
    filter_type_name(p, r, right, sizeof(right));
    if (strcmp(left, right) != 0)
        filter_fail(p, -LU_EMISMATCH, at,
                    "'%s *' and '%s *' lead to different types; cast one of them", left, right);
}

static struct filter_value compare_pointers(struct filter_parser *p, const struct binary *b,
                                            const struct filter_value *l,
                                            const struct filter_value *r, unsigned at)
{
    if (l->kind == VAL_PTR && r->kind == VAL_PTR)
        check_pointees(p, l->type, r->type, at);
    else if (b->class == BIN_COMPARE || !(l->zero || r->zero))
        filter_fail(p, -LU_EMISMATCH, at, "compares a pointer with an integer");
    filter_emit(p, (enum filter_op)b->op_unsigned);
    if (b->negate)
        filter_emit(p, FOP_LNOT);
    return filter_int(l->at);
}

static struct filter_value subtract_pointers(struct filter_parser *p, const struct filter_value *l,
                                             const struct filter_value *r, unsigned at)
{
    struct filter_value v = {.kind = VAL_NUM, .wide = true, .at = l->at};

    check_pointees(p, l->type, r->type, at);
    check_pointee(p, l, at, "'-'");
    if (p->error)
        return v;
    filter_emit(p, FOP_SUB);
    filter_emit_int(p, (int64_t)p->d->types[l->type].size);
    filter_emit_byte(p, FOP_DIV, 64);
    return v;
}

/* Pointer + integer, integer + pointer, pointer - integer; the pointer is brought below. */
static struct filter_value pointer_add(struct filter_parser *p, const struct binary *b,
                                       struct filter_value l, struct filter_value r, unsigned at)
{
    struct filter_value v = l.kind == VAL_PTR ? l : r;

    if (l.kind == VAL_PTR && r.kind == VAL_PTR && b->op == FOP_SUB)
        return subtract_pointers(p, &l, &r, at);
    if (r.kind == VAL_PTR && (l.kind == VAL_PTR || b->op == FOP_SUB)) {
        filter_fail(p, -LU_EMISMATCH, at, "'%s' can't join these (pointer %s integer is allowed)",
                    b->punct, b->punct);
        return v;
    }
    check_pointee(p, &v, at, "arithmetic");
    if (p->error)
        return v;
    if (r.kind == VAL_PTR)
        filter_emit(p, FOP_SWAP);
    filter_emit_int(p, (int64_t)p->d->types[v.type].size);
    filter_emit(p, FOP_MUL);
    filter_emit(p, (enum filter_op)b->op);
    v.zero = false;
    v.at = l.at;
    return v;
}

/* C11 6.3.1.8.  Only int that becomes unsigned is kept differently. */
static struct filter_value common_type(struct filter_parser *p, const struct filter_value *l,
                                       const struct filter_value *r)
{
    struct filter_value v = {.kind = VAL_NUM, .wide = l->wide || r->wide, .at = l->at};

    v.is_unsigned = (l->is_unsigned && l->wide == v.wide) || (r->is_unsigned && r->wide == v.wide);
    if (v.wide || !v.is_unsigned)
        return v;
    if (!r->is_unsigned)
        filter_emit_bits(p, 0, 32, false);
    if (!l->is_unsigned) {
        filter_emit(p, FOP_SWAP);
        filter_emit_bits(p, 0, 32, false);
        filter_emit(p, FOP_SWAP);
    }
    return v;
}

static bool has_width(enum filter_op op)
{
    return op == FOP_DIV || op == FOP_MOD || op == FOP_SHL || op == FOP_SHR || op == FOP_SHRU;
}

static struct filter_value join_numbers(struct filter_parser *p, const struct binary *b,
                                        const struct filter_value *l, const struct filter_value *r)
{
    struct filter_value v = *l;
    enum filter_op op;

    if (b->class != BIN_SHIFT)
        v = common_type(p, l, r);
    op = (enum filter_op)(v.is_unsigned ? b->op_unsigned : b->op);
    v.zero = false;
    v.cast = 0;
    if (has_width(op))
        filter_emit_byte(p, op, v.wide ? 64 : 32);
    else
        filter_emit(p, op);
    if (b->negate)
        filter_emit(p, FOP_LNOT);
    if (b->class == BIN_COMPARE || b->class == BIN_EQUAL)
        return filter_int(l->at);
    if (!v.wide && (b->class == BIN_ADD || op == FOP_MUL || op == FOP_SHL))
        filter_emit_bits(p, 0, 32, !v.is_unsigned);
    return v;
}

static struct filter_value binary_join(struct filter_parser *p, const struct binary *b,
                                       struct filter_value l, struct filter_value r, unsigned at)
{
    if (p->error)
        return l;
    if (l.kind == VAL_NUM && r.kind == VAL_NUM)
        return join_numbers(p, b, &l, &r);
    if (b->class == BIN_ADD)
        return pointer_add(p, b, l, r, at);
    if (b->class == BIN_COMPARE || b->class == BIN_EQUAL)
        return compare_pointers(p, b, &l, &r, at);
    filter_fail(p, -LU_EMISMATCH, at, "'%s' needs integers", b->punct);
    return l;
}

static struct filter_value parse_binary(struct filter_parser *p, int level);

/* a && b, a || b: b only if a does not decide. */
static struct filter_value parse_logic(struct filter_parser *p, struct filter_value v, bool and)
{
    unsigned jump, at = v.at;

    filter_truth(p, &v);
    filter_emit(p, FOP_DUP);
    jump = filter_emit_jump(p, and? FOP_JZ : FOP_JNZ);
    filter_emit(p, FOP_POP);
    filter_next(p);
    v = parse_binary(p, and? LEVEL_AND + 1 : LEVEL_OR + 1);
    filter_truth(p, &v);
    filter_patch(p, jump);
    return filter_int(at);
}

static struct filter_value parse_binary(struct filter_parser *p, int level)
{
    struct filter_value v;
    const struct binary *b;

    if (++p->nest > FILTER_MAX_NEST)
        filter_fail(p, -LU_ELIMIT, p->token_at, "the filter is nested too deeply");
    v = filter_unary(p);
    while (!p->error) {
        if (level <= LEVEL_AND && filter_is(p, "&&")) {
            v = parse_logic(p, v, true);
        } else if (level <= LEVEL_OR && filter_is(p, "||")) {
            v = parse_logic(p, v, false);
        } else if ((b = binary_find(p)) && b->level >= level) {
            unsigned at = p->token_at;
            struct filter_value r;

            filter_load(p, &v);
            filter_next(p);
            r = parse_binary(p, b->level + 1);
            filter_load(p, &r);
            v = binary_join(p, b, v, r, at);
        } else {
            break;
        }
    }
    p->nest--;
    return v;
}

struct filter_value filter_expr(struct filter_parser *p)
{
    struct filter_value v = parse_binary(p, 0);

    if (filter_is(p, "="))
        filter_fail(p, -LU_EINVAL, p->token_at, "'=' assigns; did you mean '=='?");
    else if (filter_is(p, "?"))
        filter_fail(p, -LU_EINVAL, p->token_at, "'?:' is not part of the filter language");
    else if (!p->error && p->token == TOK_PUNCT && p->punct[1] == '=' && !binary_find(p))
        filter_fail(p, -LU_EINVAL, p->token_at, "a filter can't change the state ('%s')", p->punct);
    return v;
}

int st_filter_compile(const struct st_desc *d, const char *text, uint8_t *buf, size_t *ret_len,
                      struct st_err *err)
{
    struct filter_parser p = {.d = d, .text = text, .err = err};
    struct filter_header h = {.magic = FILTER_MAGIC, .version = FILTER_VERSION};
    size_t cells;
    struct filter_value v;

    filter_next(&p);
    v = filter_expr(&p);
    filter_truth(&p, &v);
    filter_emit(&p, FOP_END);
    if (!p.error && p.token != TOK_END)
        filter_fail(&p, -LU_EINVAL, p.token_at, "the expression should end here");
    cells = p.n_cells * sizeof(uint64_t);
    if (!p.error && sizeof(h) + p.len + cells > LU_FILTER_MAX)
        filter_fail(&p, -LU_ELIMIT, 0, "the filter is too long");
    if (p.error)
        return p.error;
    h.n_slots = (uint8_t)p.n_slots;
    h.code_len = (uint16_t)p.len;
    h.n_cells = (uint16_t)p.n_cells;
    memcpy(buf, &h, sizeof(h));
    memcpy(buf + sizeof(h), p.code, p.len);
    memcpy(buf + sizeof(h) + p.len, p.cells, cells);
    *ret_len = sizeof(h) + p.len + cells;
    return st_filter_verify(buf, *ret_len, err);
}
