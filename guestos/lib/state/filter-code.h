/* SPDX-License-Identifier: MIT
 *
 * Bytecode of state filters: a stack machine on 64-bit integers.
 *
 * A filter is a header, `code_len` bytes of code, then `n_cells` addresses of
 * allocation-site cells (for heap(type)), of which bit 0 says that the site
 * allocates arrays.  Operands follow the opcode, little-endian.  Jumps are absolute;
 * each instruction has one stack depth however it is reached.  Slots hold
 * quantifiers' variables.  A value of 32 bits is kept sign- or zero-extended, as its
 * type is.
 */
#pragma once

#include <st/filter.h>

#define FILTER_MAGIC 0x464cu
#define FILTER_VERSION 2u
#define FILTER_STACK 32u
#define FILTER_SLOTS 24u

struct filter_header {
    uint16_t magic;
    uint8_t version, n_slots;
    uint16_t code_len, n_cells;
};
_Static_assert(sizeof(struct filter_header) == 8, "filter header is wire format");

/* X(NAME, operand bytes, pops, pushes).  The operand of DIV, MOD and shifts is the width
 * of their result, 32 or 64. */
#define FILTER_OPS(X)                                                                              \
    X(END, 0, 1, 0)    /* result */                                                                \
    X(PUSH8, 1, 0, 1)  /* sign-extended */                                                         \
    X(PUSH32, 4, 0, 1) /* sign-extended */                                                         \
    X(PUSH64, 8, 0, 1)                                                                             \
    X(LOAD, 1, 1, 1) /* address -> value of 1..8 bytes; operand bit 7: sign-extend */              \
    X(BITS, 3, 1, 1) /* shift, width, signed: part of a word, also a narrower integer */           \
    X(DUP, 0, 1, 2)                                                                                \
    X(SWAP, 0, 2, 2)                                                                               \
    X(POP, 0, 1, 0)                                                                                \
    X(GET, 1, 0, 1) /* slot */                                                                     \
    X(SET, 1, 1, 0)                                                                                \
    X(JMP, 2, 0, 0)                                                                                \
    X(JZ, 2, 1, 0)                                                                                 \
    X(JNZ, 2, 1, 0)                                                                                \
    X(NEG, 0, 1, 1)                                                                                \
    X(NOT, 0, 1, 1)                                                                                \
    X(LNOT, 0, 1, 1)                                                                               \
    X(BOOL, 0, 1, 1)                                                                               \
    X(ADD, 0, 2, 1)                                                                                \
    X(SUB, 0, 2, 1)                                                                                \
    X(MUL, 0, 2, 1)                                                                                \
    X(DIV, 1, 2, 1)                                                                                \
    X(DIVU, 0, 2, 1)                                                                               \
    X(MOD, 1, 2, 1)                                                                                \
    X(MODU, 0, 2, 1)                                                                               \
    X(SHL, 1, 2, 1)                                                                                \
    X(SHR, 1, 2, 1)                                                                                \
    X(SHRU, 1, 2, 1)                                                                               \
    X(AND, 0, 2, 1)                                                                                \
    X(OR, 0, 2, 1)                                                                                 \
    X(XOR, 0, 2, 1)                                                                                \
    X(EQ, 0, 2, 1)                                                                                 \
    X(NE, 0, 2, 1)                                                                                 \
    X(LT, 0, 2, 1)                                                                                 \
    X(LTU, 0, 2, 1)                                                                                \
    X(LE, 0, 2, 1)                                                                                 \
    X(LEU, 0, 2, 1)                                                                                \
    X(HEAP, 8, 1, 1) /* u16 first cell, u16 cells, u32 size: element after this one, or 0 */

enum filter_op {
#define X(name, operands, pops, pushes) FOP_##name,
    FILTER_OPS(X)
#undef X
        FOP_COUNT
};

struct filter_op_info {
    uint8_t operands, pops, pushes;
};
extern const struct filter_op_info filter_op_info[FOP_COUNT];
