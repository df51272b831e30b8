/* SPDX-License-Identifier: MIT
 *
 * Parser of the filter language: precedence climbing over C's operators, types
 * checked on the way, one pass, code emitted as it goes.
 */
#include "filter-parse.h"

#include <string.h>

static const char *type_name(const struct filter_parser *p, uint32_t type, char *buf, size_t size)
{
    return st_type_print(p->d, type, buf, size);
}

static struct filter_value value_int(unsigned at)
{
    return (struct filter_value){.kind = VAL_INT, .at = at};
}

/* --- names --- */

static void fail_ambiguous(struct filter_parser *p, const char *name)
{
    char scopes[96] = "";
    uint32_t shown = 0;

    for (uint32_t i = 0; i < p->d->n_globals && shown < 3; i++) {
        const struct lu_global *g = &p->d->globals[i];
        if (strcmp(st_desc_string(p->d, g->name), name) != 0)
            continue;
        size_t len = strlen(scopes);
        const char *scope = st_desc_string(p->d, g->scope);
        if (len + strlen(scope) + 3 < sizeof(scopes)) {
            strcpy(scopes + len, shown ? ", " : "");
            strcat(scopes, scope);
        }
        shown++;
    }
    filter_fail(p, -LU_EAMBIGUOUS, p->token_at, "'%s' exists in %s; write FILE:%s", name, scopes,
                name);
}

static bool name_global(struct filter_parser *p, struct filter_value *ret)
{
    uint32_t n;
    const struct lu_global *g = st_desc_global(p->d, p->name, p->scope[0] ? p->scope : NULL, &n);

    if (!g)
        return false;
    if (n > 1 && !p->scope[0]) {
        const struct lu_global *external = st_desc_global(p->d, p->name, "", NULL);
        if (!external) {
            fail_ambiguous(p, p->name);
            return true;
        }
        g = external;
    }
    filter_emit_int(p, (int64_t)g->addr);
    *ret = (struct filter_value){.kind = VAL_OBJECT, .type = g->type, .at = p->token_at};
    return true;
}

static bool name_enumerator(struct filter_parser *p, struct filter_value *ret)
{
    const struct lu_enumerator *found = NULL;

    for (uint32_t i = 0; i < p->d->n_enums; i++) {
        const struct lu_enumerator *e = &p->d->enums[i];
        if (strcmp(st_desc_string(p->d, e->name), p->name) != 0)
            continue;
        if (found && found->value != e->value)
            filter_fail(p, -LU_EAMBIGUOUS, p->token_at, "enumerator '%s' has several values",
                        p->name);
        found = e;
    }
    if (!found)
        return false;
    filter_emit_int(p, found->value);
    *ret = value_int(p->token_at);
    return true;
}

static bool name_builtin(struct filter_parser *p, struct filter_value *ret)
{
    *ret = value_int(p->token_at);
    if (strcmp(p->name, "NULL") == 0 || strcmp(p->name, "false") == 0)
        ret->zero = true;
    else if (strcmp(p->name, "true") != 0)
        return false;
    filter_emit_int(p, !ret->zero);
    return true;
}

static struct filter_value parse_name(struct filter_parser *p)
{
    struct filter_value v = value_int(p->token_at);

    for (unsigned i = p->n_vars; i-- > 0 && !p->scope[0];) {
        if (strcmp(p->vars[i].name, p->name) == 0) {
            filter_emit_byte(p, FOP_GET, p->vars[i].slot);
            v = (struct filter_value){.kind = VAL_PTR, .type = p->vars[i].type, .at = p->token_at};
            filter_next(p);
            return v;
        }
    }
    if (name_global(p, &v) || name_enumerator(p, &v) || name_builtin(p, &v)) {
        filter_next(p);
        if (filter_is(p, "("))
            filter_fail(p, -LU_EINVAL, v.at, "calls are not allowed in a filter");
    } else if (filter_calls(p)) {
        filter_fail(p, -LU_EINVAL, p->token_at, "calls are not allowed in a filter");
    } else {
        filter_fail(p, -LU_ENOENT, p->token_at, "no global, enumerator or variable '%s'", p->name);
    }
    return v;
}

/* --- postfix --- */

static bool find_member(const struct st_desc *d, uint32_t type, const char *name, unsigned depth,
                        uint64_t *ret_bits, const struct lu_member **ret)
{
    const struct lu_type *t = &d->types[type];

    if (depth > 4 || (t->kind != LU_T_STRUCT && t->kind != LU_T_UNION))
        return false;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct lu_member *m = &d->members[t->first + i];
        uint64_t inner;

        if (strcmp(st_desc_string(d, m->name), name) == 0) {
            *ret_bits = m->bit_offset;
            *ret = m;
            return true;
        }
        if (!m->name && find_member(d, m->type, name, depth + 1, &inner, ret)) {
            *ret_bits = m->bit_offset + inner;
            return true;
        }
    }
    return false;
}

struct filter_value filter_member(struct filter_parser *p, struct filter_value object,
                                  const char *name, unsigned at)
{
    const struct lu_member *m = NULL;
    uint64_t bits = 0;
    char text[64];

    if (p->error)
        return object;
    if (!*name || !find_member(p->d, object.type, name, 0, &bits, &m)) {
        filter_fail(p, -LU_ENOENT, at, "'%s' has no member '%s'",
                    type_name(p, object.type, text, sizeof(text)), name);
        return object;
    }
    if (bits / 8) {
        filter_emit_int(p, (int64_t)(bits / 8));
        filter_emit(p, FOP_ADD);
    }
    return (struct filter_value){.kind = m->bit_size ? VAL_BITS : VAL_OBJECT,
                                 .type = m->type,
                                 .shift = (uint32_t)(bits % 8),
                                 .width = m->bit_size,
                                 .at = at};
}

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
                    type_name(p, v.type, text, sizeof(text)),
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
                    type_name(p, v->type, text, sizeof(text)));
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
    struct filter_value v = value_int(p->token_at);

    if (p->error)
        return v;
    if (p->token == TOK_NUMBER) {
        filter_emit_int(p, (int64_t)p->number);
        v.kind = p->number_unsigned ? VAL_UINT : VAL_INT;
        v.zero = !p->number;
        filter_next(p);
    } else if (filter_is_quantifier(p)) {
        v = filter_quantifier(p);
    } else if (p->token == TOK_NAME) {
        v = parse_name(p);
    } else if (filter_take(p, "(")) {
        v = filter_expr(p);
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
    struct filter_value v = filter_unary(p);

    if (v.kind != VAL_OBJECT)
        filter_fail(p, -LU_EMISMATCH, at, "'&' needs an object in memory");
    v.kind = VAL_PTR;
    return v;
}

static struct filter_value parse_deref(struct filter_parser *p, unsigned at)
{
    struct filter_value v = filter_unary(p);

    filter_load(p, &v);
    check_pointee(p, &v, at, "'*'");
    v.kind = VAL_OBJECT;
    v.zero = false;
    return v;
}

struct filter_value filter_unary(struct filter_parser *p)
{
    static const struct {
        const char *punct;
        enum filter_op op;
    } ops[] = {{"-", FOP_NEG}, {"~", FOP_NOT}, {"!", FOP_LNOT}, {"+", FOP_END}};
    unsigned at = p->token_at;
    struct filter_value v;

    if (p->nest >= FILTER_MAX_NEST)
        filter_fail(p, -LU_ELIMIT, at, "the filter is nested too deeply");
    if (filter_is(p, "&") || filter_is(p, "*")) {
        bool address = filter_is(p, "&");
        filter_next(p);
        p->nest++;
        v = address ? parse_address(p, at) : parse_deref(p, at);
        p->nest--;
        v.at = at;
        return v;
    }
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (!filter_take(p, ops[i].punct))
            continue;
        p->nest++;
        v = filter_unary(p);
        p->nest--;
        filter_load(p, &v);
        if (v.kind == VAL_PTR && ops[i].op != FOP_LNOT)
            filter_fail(p, -LU_EMISMATCH, at, "'%s' needs an integer", ops[i].punct);
        if (ops[i].op != FOP_END)
            filter_emit(p, ops[i].op);
        if (ops[i].op == FOP_LNOT)
            v.kind = VAL_INT;
        v.zero = false;
        v.at = at;
        return v;
    }
    return parse_postfix(p);
}

/* --- binary --- */

enum binary_class { BIN_ARITH, BIN_ADD, BIN_COMPARE, BIN_EQUAL };

static const struct binary {
    const char *punct;
    uint8_t level; /* precedence: higher binds tighter */
    uint8_t class;
    uint8_t op, op_unsigned;
    bool swap; /* a > b is b < a */
} binaries[] = {
    {"*", 10, BIN_ARITH, FOP_MUL, FOP_MUL, false},  {"/", 10, BIN_ARITH, FOP_DIV, FOP_DIVU, false},
    {"%", 10, BIN_ARITH, FOP_MOD, FOP_MODU, false}, {"+", 9, BIN_ADD, FOP_ADD, FOP_ADD, false},
    {"-", 9, BIN_ADD, FOP_SUB, FOP_SUB, false},     {"<<", 8, BIN_ARITH, FOP_SHL, FOP_SHL, false},
    {">>", 8, BIN_ARITH, FOP_SHR, FOP_SHRU, false}, {"<", 7, BIN_COMPARE, FOP_LT, FOP_LTU, false},
    {"<=", 7, BIN_COMPARE, FOP_LE, FOP_LEU, false}, {">", 7, BIN_COMPARE, FOP_LE, FOP_LEU, true},
    {">=", 7, BIN_COMPARE, FOP_LT, FOP_LTU, true},  {"==", 6, BIN_EQUAL, FOP_EQ, FOP_EQ, false},
    {"!=", 6, BIN_EQUAL, FOP_NE, FOP_NE, false},    {"&", 5, BIN_ARITH, FOP_AND, FOP_AND, false},
    {"^", 4, BIN_ARITH, FOP_XOR, FOP_XOR, false},   {"|", 3, BIN_ARITH, FOP_OR, FOP_OR, false},
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

static void binary_pointers(struct filter_parser *p, const struct binary *b,
                            const struct filter_value *l, const struct filter_value *r, unsigned at)
{
    char left[48], right[48];
    bool both = l->kind == VAL_PTR && r->kind == VAL_PTR;

    if (both) {
        const struct lu_type *x = &p->d->types[l->type], *y = &p->d->types[r->type];
        type_name(p, l->type, left, sizeof(left));
        type_name(p, r->type, right, sizeof(right));
        if (x->kind != LU_T_VOID && y->kind != LU_T_VOID && strcmp(left, right) != 0)
            filter_fail(p, -LU_EMISMATCH, at, "compares a pointer to '%s' with one to '%s'", left,
                        right);
    } else if (b->class == BIN_COMPARE || !(l->zero || r->zero)) {
        filter_fail(p, -LU_EMISMATCH, at, "compares a pointer with an integer");
    }
}

/* Pointer + integer, pointer - integer; the integer is on top. */
static struct filter_value pointer_add(struct filter_parser *p, const struct binary *b,
                                       struct filter_value l, const struct filter_value *r,
                                       unsigned at)
{
    if (l.kind != VAL_PTR || r->kind == VAL_PTR) {
        filter_fail(p, -LU_EMISMATCH, at, "'%s' can't join these (pointer %s integer is allowed)",
                    b->punct, b->punct);
        return l;
    }
    check_pointee(p, &l, at, "arithmetic");
    if (p->error)
        return l;
    filter_emit_int(p, (int64_t)p->d->types[l.type].size);
    filter_emit(p, FOP_MUL);
    filter_emit(p, (enum filter_op)b->op);
    return l;
}

static struct filter_value binary_join(struct filter_parser *p, const struct binary *b,
                                       struct filter_value l, struct filter_value r, unsigned at)
{
    bool pointer = l.kind == VAL_PTR || r.kind == VAL_PTR;
    bool is_unsigned = l.kind != VAL_INT || r.kind != VAL_INT;
    struct filter_value v = value_int(l.at);

    if (p->error)
        return v;
    if (pointer && b->class == BIN_ADD)
        return pointer_add(p, b, l, &r, at);
    if (pointer && b->class == BIN_ARITH)
        filter_fail(p, -LU_EMISMATCH, at, "'%s' needs integers", b->punct);
    if (pointer && (b->class == BIN_COMPARE || b->class == BIN_EQUAL))
        binary_pointers(p, b, &l, &r, at);
    if (b->op == FOP_SHR)
        is_unsigned = l.kind == VAL_UINT;
    filter_emit(p, (enum filter_op)(is_unsigned ? b->op_unsigned : b->op));
    if (b->swap) /* a > b is !(a <= b) */
        filter_emit(p, FOP_LNOT);
    if (b->class == BIN_ARITH || b->class == BIN_ADD)
        v.kind = is_unsigned ? VAL_UINT : VAL_INT;
    return v;
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
    return value_int(at);
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
