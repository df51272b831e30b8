/* SPDX-License-Identifier: MIT
 *
 * The filter compiler's inside: scanner, code emitter and parser share one
 * struct filter_parser.  The first error wins; after it everything is a no-op, so
 * that the parser needs no check after each step.
 */
#pragma once

#include "filter-code.h"

#include <stdbool.h>

#define FILTER_MAX_NEST 32u  /* parentheses and operators inside each other */
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
    VAL_INT,    /* 64-bit, signed */
    VAL_UINT,   /* 64-bit, unsigned */
    VAL_PTR,    /* type: pointee */
    VAL_OBJECT, /* type: of the object whose address is on the stack */
    VAL_BITS,   /* bit-field: address of its first byte; shift, width in bits, type */
};

struct filter_value {
    enum filter_value_kind kind;
    uint32_t type;
    uint32_t shift, width;
    bool zero;   /* the literal 0, or NULL */
    unsigned at; /* where it stands in the text */
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
    bool number_unsigned;
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
void filter_emit_heap(struct filter_parser *p, unsigned first, unsigned n);
unsigned filter_emit_jump(struct filter_parser *p, enum filter_op op); /* to be patched */
void filter_patch(struct filter_parser *p, unsigned jump);             /* to here */
void filter_emit_jump_to(struct filter_parser *p, enum filter_op op, unsigned target);
/* Loads: turns an object, bit-field or array into a value. */
void filter_load(struct filter_parser *p, struct filter_value *v);
/* Turns any scalar into 0 or 1. */
void filter_truth(struct filter_parser *p, struct filter_value *v);

/* filter-parse.c, filter-quant.c */
struct filter_value filter_expr(struct filter_parser *p);
struct filter_value filter_unary(struct filter_parser *p);
struct filter_value filter_member(struct filter_parser *p, struct filter_value object,
                                  const char *name, unsigned at);
bool filter_is_quantifier(const struct filter_parser *p);
struct filter_value filter_quantifier(struct filter_parser *p);
