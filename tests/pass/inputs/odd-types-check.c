/* SPDX-License-Identifier: MIT
 *
 * The other half of odd-types.c: what the compiler says.
 */
#include "odd-types.h"
#include "self-check.h"

#define M(tag, member) CHECK_MEMBER(LU_T_STRUCT, struct tag, #tag, member)
#define B(tag, member) CHECK_BITS(struct tag, #tag, member)

extern struct vectors g_vectors;
extern struct atomics g_atomics;
extern struct zero_length g_zero_length;
extern struct floats g_floats;
extern struct straddling g_straddling;
extern struct enums g_enums;
extern struct functions g_functions;
extern struct over_aligned g_over_aligned[3];

static void check_layouts(void)
{
    CHECK_TYPE(LU_T_STRUCT, struct vectors, "vectors");
    M(vectors, three);
    M(vectors, tail);
    CHECK_TYPE(LU_T_STRUCT, struct atomics, "atomics");
    M(atomics, padded);
    M(atomics, pointer);
    M(atomics, tail);
    CHECK_TYPE(LU_T_STRUCT, struct zero_length, "zero_length");
    M(zero_length, nothing);
    M(zero_length, marker);
    M(zero_length, more);
    M(zero_length, tail);
    CHECK_TYPE(LU_T_STRUCT, struct floats, "floats");
    M(floats, brain);
    M(floats, x87);
    M(floats, quad);
    M(floats, cf);
    M(floats, cl);
    M(floats, ci);
    M(floats, tail);
    CHECK_TYPE(LU_T_STRUCT, struct over_aligned, "over_aligned");
}

static void check_bits(void)
{
    CHECK_TYPE(LU_T_STRUCT, struct straddling, "straddling");
    B(straddling, c);
    B(straddling, wide);
    B(straddling, s);
    B(straddling, b);
    B(straddling, far);
    M(straddling, tail);
    CHECK_TYPE(LU_T_STRUCT, struct enums, "enums");
    M(enums, u);
    B(enums, f);
    M(enums, nameless);
    M(enums, overlaid);
    CHECK_TYPE(LU_T_UNION, union overlaid, "overlaid");
    CHECK_TYPE(LU_T_ENUM, enum unsigned_values, "unsigned_values");
    CHECK_TYPE(LU_T_ENUM, enum fixed, "fixed");
}

int main(void)
{
    self_open();
    check_layouts();
    check_bits();
    CHECK_GLOBAL(g_vectors, "");
    CHECK_GLOBAL(g_atomics, "");
    CHECK_GLOBAL(g_zero_length, "");
    CHECK_GLOBAL(g_floats, "");
    CHECK_GLOBAL(g_straddling, "");
    CHECK_GLOBAL(g_enums, "");
    CHECK_GLOBAL(g_functions, "");
    CHECK_GLOBAL(g_over_aligned, "");
    printf("%d failures\n", self_failures);
    return self_failures != 0;
}
