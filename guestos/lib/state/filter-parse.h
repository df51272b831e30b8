/* SPDX-License-Identifier: MIT
 *
 * The filter compiler's inside: scanner, code emitter and parser share one
 * struct filter_parser.  The first error wins; after it everything is a no-op, so
 * that the parser needs no check after each step.
 */
#pragma once

#include "filter-code.h"

#include <stdbool.h>

#define FILTER_MAX_NEST 64u  /* parentheses and operators inside each other */
#define FILTER_MAX_VARS 6u   /* quantifiers inside each other */
#define FILTER_MAX_CELLS 64u /* sites of heap(type) */
#define FILTER_MAX_NAME 128u

enum filter_token {
    TOK_END = 0,
    TOK_NAME,
    TOK_NUMBER,
    TOK_PUNCT, /* punct: up to two characters */
};

/* What an expression is at compile time; its value or address is on the stack. */
enum filter_value_kind {
    VAL_NUM,    /* integer of 32 or 64 bits */
    VAL_PTR,    /* type: pointee */
    VAL_OBJECT, /* type: of the object whose address is on the stack */
    VAL_BITS,   /* bit-field: address of its first byte; shift, width in bits, type */
};

struct filter_value {
    enum filter_value_kind kind;
    uint32_t type;
    uint32_t shift, width;
    bool wide, is_unsigned; /* numbers: int, unsigned, long, unsigned long */
    uint8_t cast;           /* numbers: bytes of what they were cast to, else 0 */
    bool zero;              /* the literal 0, or NULL */
    unsigned at;            /* where it stands in the text */
};

/* A type as casts and sizeof write it. */
struct filter_type {
    enum { TYPE_INT, TYPE_PTR, TYPE_OBJECT } kind;
    uint8_t size; /* integers: bytes */
    bool is_unsigned, is_bool;
    uint32_t type; /* of the pointee or the object */
};

struct filter_var {
    char name[FILTER_MAX_NAME];
    uint32_t type; /* pointee */
    uint8_t slot;
};

struct filter_parser {
    const struct st_desc *d;
    const char *text;
    unsigned at; /* next character */
    struct st_err *err;
    int error;
    /* current token */
    enum filter_token token;
    unsigned token_at;
    char name[FILTER_MAX_NAME];
    char scope[FILTER_MAX_NAME]; /* of "file.c:name", else "" */
    uint64_t number;
    bool number_wide, number_unsigned;
    char punct[3];
    /* output */
    uint8_t code[LU_FILTER_MAX];
    unsigned len;
    uint64_t cells[FILTER_MAX_CELLS];
    unsigned n_cells;
    struct filter_var vars[FILTER_MAX_VARS];
    unsigned n_vars, n_slots, nest;
};

/* Sets the error of the token at `at` unless there is one already. */
void filter_fail(struct filter_parser *p, int code, unsigned at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static inline struct filter_value filter_int(unsigned at)
{
    return (struct filter_value){.kind = VAL_NUM, .at = at};
}

/* filter-scan.c */
void filter_next(struct filter_parser *p);
bool filter_is(const struct filter_parser *p, const char *punct);
bool filter_take(struct filter_parser *p, const char *punct);
void filter_expect(struct filter_parser *p, const char *punct, const char *after);
/* The next character after the current token is an opening parenthesis. */
bool filter_calls(const struct filter_parser *p);

/* filter-emit.c */
void filter_emit(struct filter_parser *p, enum filter_op op);
void filter_emit_byte(struct filter_parser *p, enum filter_op op, uint8_t operand);
void filter_emit_int(struct filter_parser *p, int64_t value);
void filter_emit_bits(struct filter_parser *p, unsigned shift, unsigned width, bool is_signed);
void filter_emit_heap(struct filter_parser *p, unsigned first, unsigned n, uint32_t size);
unsigned filter_emit_jump(struct filter_parser *p, enum filter_op op); /* to be patched */
void filter_patch(struct filter_parser *p, unsigned jump);             /* to here */
void filter_emit_jump_to(struct filter_parser *p, enum filter_op op, unsigned target);
/* Loads: turns an object, bit-field or array into a value, promoted as C does it. */
void filter_load(struct filter_parser *p, struct filter_value *v);
/* Turns any scalar into 0 or 1. */
void filter_truth(struct filter_parser *p, struct filter_value *v);

/* filter-name.c */
struct filter_value filter_name(struct filter_parser *p);
struct filter_value filter_member(struct filter_parser *p, struct filter_value object,
                                  const char *name, unsigned at);
/* Only where it lies: adds to *offset. */
struct filter_value filter_member_place(struct filter_parser *p, struct filter_value object,
                                        const char *name, unsigned at, uint64_t *offset);
/* Does the current name mean an object, function, constant or variable? */
bool filter_is_value(const struct filter_parser *p);

/* filter-type.c */
bool filter_starts_type(const struct filter_parser *p);
bool filter_type_follows(const struct filter_parser *p); /* after the current token */
struct filter_type filter_type(struct filter_parser *p);
struct filter_value filter_cast(struct filter_parser *p, const struct filter_type *to,
                                struct filter_value v);
struct filter_value filter_sizeof(struct filter_parser *p);
const char *filter_type_name(const struct filter_parser *p, uint32_t type, char *buf, size_t size);

/* filter-parse.c, filter-quant.c */
struct filter_value filter_expr(struct filter_parser *p);
struct filter_value filter_unary(struct filter_parser *p);
bool filter_is_quantifier(const struct filter_parser *p);
struct filter_value filter_quantifier(struct filter_parser *p);
