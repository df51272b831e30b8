/* SPDX-License-Identifier: MIT
 *
 * Code emitter of the filter compiler.
 */
#include "filter-parse.h"

#include <string.h>

static void put(struct filter_parser *p, const void *bytes, unsigned n)
{
    if (p->error)
        return;
    if (p->len + n > sizeof(p->code) - sizeof(struct filter_header)) {
        filter_fail(p, -LU_ELIMIT, p->token_at, "the filter is too long");
        return;
    }
    memcpy(p->code + p->len, bytes, n);
    p->len += n;
}

void filter_emit(struct filter_parser *p, enum filter_op op)
{
    uint8_t b = (uint8_t)op;

    put(p, &b, 1);
}

void filter_emit_byte(struct filter_parser *p, enum filter_op op, uint8_t operand)
{
    filter_emit(p, op);
    put(p, &operand, 1);
}

void filter_emit_int(struct filter_parser *p, int64_t value)
{
    int8_t v8 = (int8_t)value;
    int32_t v32 = (int32_t)value;

    if (v8 == value) {
        filter_emit(p, FOP_PUSH8);
        put(p, &v8, 1);
    } else if (v32 == value) {
        filter_emit(p, FOP_PUSH32);
        put(p, &v32, 4);
    } else {
        filter_emit(p, FOP_PUSH64);
        put(p, &value, 8);
    }
}

void filter_emit_bits(struct filter_parser *p, unsigned shift, unsigned width, bool is_signed)
{
    uint8_t operands[3] = {(uint8_t)shift, (uint8_t)width, is_signed};

    filter_emit(p, FOP_BITS);
    put(p, operands, sizeof(operands));
}

void filter_emit_heap(struct filter_parser *p, unsigned first, unsigned n, uint32_t size)
{
    uint16_t operands[2] = {(uint16_t)first, (uint16_t)n};

    filter_emit(p, FOP_HEAP);
    put(p, operands, sizeof(operands));
    put(p, &size, sizeof(size));
}

unsigned filter_emit_jump(struct filter_parser *p, enum filter_op op)
{
    uint16_t target = 0;

    filter_emit(p, op);
    put(p, &target, 2);
    return p->len - 2;
}

void filter_patch(struct filter_parser *p, unsigned jump)
{
    uint16_t target = (uint16_t)p->len;

    if (!p->error)
        memcpy(p->code + jump, &target, 2);
}

void filter_emit_jump_to(struct filter_parser *p, enum filter_op op, unsigned target)
{
    uint16_t t = (uint16_t)target;

    filter_emit(p, op);
    put(p, &t, 2);
}

static bool is_signed(const struct filter_parser *p, const struct lu_type *t)
{
    return t->kind == LU_T_INT || t->kind == LU_T_CHAR ||
           (t->kind == LU_T_ENUM && p->d->types[t->ref].kind == LU_T_INT);
}

/* C11 6.3.1.1; like clang, a bit-field wider than int has its declared type. */
static void promote(struct filter_value *v, unsigned width, bool is_signed)
{
    v->kind = VAL_NUM;
    v->wide = width > 32;
    v->is_unsigned = width >= 32 && !is_signed;
}

static void load_bits(struct filter_parser *p, struct filter_value *v)
{
    bool sign = is_signed(p, &p->d->types[v->type]);
    unsigned bytes = (v->shift + v->width + 7) / 8;

    if (bytes > 8) {
        filter_fail(p, -LU_EMISMATCH, v->at, "this bit-field is too wide for a filter");
        return;
    }
    filter_emit_byte(p, FOP_LOAD, (uint8_t)bytes);
    filter_emit_bits(p, v->shift, v->width, sign);
    promote(v, v->width, sign);
}

static void load_object(struct filter_parser *p, struct filter_value *v)
{
    const struct lu_type *t = &p->d->types[v->type];
    bool sign = is_signed(p, t);
    char name[64];

    switch (t->kind) {
    case LU_T_ENUM:
    case LU_T_INT:
    case LU_T_CHAR:
    case LU_T_UINT:
    case LU_T_BOOL:
        if (t->size > 8)
            break;
        filter_emit_byte(p, FOP_LOAD, (uint8_t)(t->size | (sign ? 0x80u : 0)));
        promote(v, (unsigned)t->size * 8, sign);
        return;
    case LU_T_PTR:
        filter_emit_byte(p, FOP_LOAD, 8);
        v->kind = VAL_PTR;
        v->type = t->ref;
        return;
    case LU_T_ARRAY:
        v->kind = VAL_PTR;
        v->type = t->ref;
        return;
    case LU_T_FUNC:
        v->kind = VAL_PTR;
        return;
    default:
        break;
    }
    filter_fail(p, -LU_EMISMATCH, v->at,
                "a value of type '%s' can't be used here: a number or a pointer is expected",
                st_type_print(p->d, v->type, name, sizeof(name)));
}

void filter_load(struct filter_parser *p, struct filter_value *v)
{
    if (p->error)
        return;
    if (v->kind == VAL_BITS)
        load_bits(p, v);
    else if (v->kind == VAL_OBJECT)
        load_object(p, v);
}

void filter_truth(struct filter_parser *p, struct filter_value *v)
{
    filter_load(p, v);
    filter_emit(p, FOP_BOOL);
    *v = filter_int(v->at);
}
