/* SPDX-License-Identifier: MIT
 *
 * The other half of types.c: what the compiler says.
 */
#include "types.h"
#include "self-check.h"

static uint64_t fnv1a(const char *p, size_t n)
{
    uint64_t h = 0xcbf29ce484222325ull;

    while (n--)
        h = (h ^ (unsigned char)*p++) * 0x100000001b3ull;
    return h;
}

#define M(tag, member) CHECK_MEMBER(LU_T_STRUCT, struct tag, #tag, member)
#define B(tag, member) CHECK_BITS(struct tag, #tag, member)

static void check_scalars(void)
{
    CHECK_TYPE(LU_T_STRUCT, struct scalars, "scalars");
    M(scalars, c);
    M(scalars, sc);
    M(scalars, uc);
    M(scalars, s);
    M(scalars, ul);
    M(scalars, ll);
    M(scalars, b);
    M(scalars, f);
    M(scalars, d);
    M(scalars, ld);
    M(scalars, wide);
    M(scalars, colour);
    M(scalars, big);
    M(scalars, small);
    M(scalars, anon);
    M(scalars, wc);
    M(scalars, z);
    CHECK_TYPE(LU_T_ENUM, enum small, "small");
    CHECK_TYPE(LU_T_ENUM, enum big, "big");
}

static void check_layouts(void)
{
    CHECK_TYPE(LU_T_STRUCT, struct bits, "bits");
    B(bits, a);
    B(bits, b);
    B(bits, wide);
    B(bits, flag);
    B(bits, colour);
    M(bits, tail);
    CHECK_TYPE(LU_T_STRUCT, struct packed, "packed");
    M(packed, c);
    M(packed, i);
    M(packed, s);
    M(packed, in);
    M(packed, in.y);
    CHECK_TYPE(LU_T_STRUCT, struct over, "over");
    M(over, i);
    M(over, e);
    M(over, e.d);
    CHECK_TYPE(LU_T_STRUCT, struct nested, "nested");
    M(nested, x);
    M(nested, u);
    M(nested, text);
    M(nested, hi);
    M(nested, named);
    M(nested, named.as_float);
    M(nested, list);
    CHECK_TYPE(LU_T_STRUCT, typedefed, "typedefed");
    CHECK_MEMBER(LU_T_STRUCT, typedefed, "typedefed", scalars);
    CHECK_TYPE(LU_T_STRUCT, struct arrays, "arrays");
    M(arrays, grid);
    M(arrays, name);
    M(arrays, row);
    M(arrays, matrix);
    M(arrays, table);
    CHECK_TYPE(LU_T_STRUCT, struct flexible, "flexible");
    CHECK_TYPE(LU_T_STRUCT, struct node, "node");
    M(node, prev);
    M(node, tree);
    M(node, t);
    CHECK_TYPE(LU_T_STRUCT, struct tree, "tree");
    M(tree, kids);
    M(tree, visit);
    CHECK_TYPE(LU_T_UNION, union choice, "choice");
    CHECK_MEMBER(LU_T_UNION, union choice, "choice", bytes);
    CHECK_TYPE(LU_T_STRUCT, struct annotated, "annotated");
    M(annotated, raw);
    M(annotated, address);
    M(annotated, cookie);
    M(annotated, items);
    CHECK(!self_type("hidden", LU_T_OPAQUE), "struct hidden is defined in types-more.c");
}

static void check_globals(void)
{
    const struct lu_global *constant = self_global("g_constant", "");
    const struct lu_global *cache = self_global("g_cache", "");

    CHECK_GLOBAL(g_scalars, "");
    CHECK_GLOBAL(g_bits, "");
    CHECK_GLOBAL(g_packed, "");
    CHECK_GLOBAL(g_over, "");
    CHECK_GLOBAL(g_nested, "");
    CHECK_GLOBAL(g_typedefed, "");
    CHECK_GLOBAL(g_arrays, "");
    CHECK_GLOBAL(g_flexible, "");
    CHECK_GLOBAL(g_node, "");
    CHECK_GLOBAL(g_tree, "");
    CHECK_GLOBAL(g_handle, "");
    CHECK_GLOBAL(g_choice, "");
    CHECK_GLOBAL(g_annotated, "");
    CHECK_GLOBAL(g_constant, "");
    CHECK_GLOBAL(g_cache, "");
    CHECK(constant && constant->flags == LU_A_CONST, "g_constant is constant");
    CHECK(cache && cache->flags == LU_A_NOXFER, "g_cache is annotated");
}

static void check_static(const char *name, const char *scope, const void *addr, size_t size)
{
    const struct lu_global *g = self_global(name, scope);

    CHECK(g && g->addr == (uintptr_t)addr && g->flags == LU_A_STATIC && g->size == size,
          "static %s [%s]", name, scope);
}

static void check_statics(void)
{
    struct statics s = types_statics(), more = more_statics();
    const struct lu_func *f = self_func(s.func);
    const struct lu_literal *l = self_literal(s.literal);

    check_static("file_static", "types.c", s.file_static, 4);
    check_static("shared_name", "types.c", s.shared_name, 8);
    check_static("shared_name", "types-more.c", more.shared_name, 12);
    check_static("first", "types.c:types_statics", s.first, 8);
    check_static("first", "types.c:types_statics#1", s.second, 8);
    CHECK(f && !strcmp(self_string(f->name), "callback") && f->flags == LU_A_STATIC &&
              !strcmp(self_string(f->scope), "types.c"),
          "static function");
    f = self_func((void *)types_visit);
    CHECK(f && !strcmp(self_string(f->name), "types_visit") && !f->flags, "function");
    CHECK(f && SELF_TABLE(type, types)[f->type].flags == LU_A_VARIADIC, "variadic function");
    CHECK(l && l->size == strlen(s.literal) + 1 && l->hash == fnv1a(s.literal, l->size), "literal");
    CHECK(self_literal(more.literal), "literal of the other unit");
}

/* What desc.h promises of the tables. */
static void check_order(void)
{
    for (uint32_t i = 1; i < self_desc->globals.count; i++)
        CHECK(SELF_TABLE(global, globals)[i - 1].addr < SELF_TABLE(global, globals)[i].addr,
              "order");
    for (uint32_t i = 1; i < self_desc->funcs.count; i++)
        CHECK(SELF_TABLE(func, funcs)[i - 1].addr < SELF_TABLE(func, funcs)[i].addr, "order");
    for (uint32_t i = 1; i < self_desc->literals.count; i++)
        CHECK(SELF_TABLE(literal, literals)[i - 1].addr < SELF_TABLE(literal, literals)[i].addr,
              "order");
    CHECK(SELF_TABLE(type, types)[0].kind == LU_T_VOID, "type 0");
    CHECK(!strcmp(self_desc->component, "types"), "component's name");
}

int main(void)
{
    self_open();
    check_scalars();
    check_layouts();
    check_globals();
    check_statics();
    check_order();
    printf("%d failures\n", self_failures);
    return self_failures != 0;
}
