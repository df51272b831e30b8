/* SPDX-License-Identifier: MIT
 *
 * For test programs that are compiled with the pass and check their own
 * description against what the compiler says of the same things: offsetof,
 * sizeof, addresses, and the cells that the allocator is given.  Include in one
 * file only, compiled without the pass.  A failed check prints and counts.
 */
#pragma once

#include <lu/desc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elf.h>

static const struct lu_desc *self_desc;
static int self_failures;
static volatile unsigned long long self_ones; /* all bits, unknown to the compiler */

#define SELF_TABLE(kind, name)                                                                     \
    ((const struct lu_##kind *)((const char *)self_desc + self_desc->name.offset))

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("%s:%d: ", __FILE__, __LINE__);                                                 \
            printf(__VA_ARGS__);                                                                   \
            printf(" (%s)\n", #condition);                                                         \
            self_failures++;                                                                       \
        }                                                                                          \
    } while (0)

static const char *self_string(uint32_t at)
{
    return (const char *)self_desc + self_desc->strings.offset + at;
}

/* Reads LU_DESC_SECTION of this program's own file. */
static void self_open(void)
{
    FILE *in = fopen("/proc/self/exe", "rb");
    static char image[16 << 20];
    size_t size = in ? fread(image, 1, sizeof(image), in) : 0;
    const Elf64_Ehdr *e = (const void *)image;
    const Elf64_Shdr *s = (const void *)(image + e->e_shoff);

    for (unsigned i = 0; size && i < e->e_shnum; i++)
        if (!strcmp(image + s[e->e_shstrndx].sh_offset + s[i].sh_name, LU_DESC_SECTION))
            self_desc = (const void *)(image + s[i].sh_offset);
    if (!self_desc || self_desc->magic != LU_DESC_MAGIC) {
        printf("no description in this program\n");
        exit(1);
    }
    fclose(in);
}

static const struct lu_type *self_type(const char *name, unsigned kind)
{
    for (uint32_t i = 1; i < self_desc->types.count; i++) {
        const struct lu_type *t = &SELF_TABLE(type, types)[i];

        if (t->kind == kind && !strcmp(self_string(t->name), name))
            return t;
    }
    return NULL;
}

/* The member at a path such as "a.b", through '' members, with its absolute bit offset. */
static const struct lu_member *self_member(const struct lu_type *t, const char *name,
                                           uint64_t *ret_bit)
{
    const char *dot = strchr(name, '.');
    size_t len = dot ? (size_t)(dot - name) : strlen(name);

    for (uint32_t i = 0; t && i < t->count; i++) {
        const struct lu_member *m = &SELF_TABLE(member, members)[t->first + i], *in = NULL;
        const struct lu_type *mt = &SELF_TABLE(type, types)[m->type];
        const char *has = self_string(m->name);
        uint64_t bit = 0;

        if (strlen(has) == len && !memcmp(has, name, len)) {
            *ret_bit = m->bit_offset;
            if (!dot)
                return m;
            in = self_member(mt, dot + 1, &bit);
        } else if (!*has && (mt->kind == LU_T_STRUCT || mt->kind == LU_T_UNION)) {
            in = self_member(mt, name, &bit);
        }
        if (in) {
            *ret_bit = m->bit_offset + bit;
            return in;
        }
    }
    return NULL;
}

static const struct lu_global *self_global(const char *name, const char *scope)
{
    for (uint32_t i = 0; i < self_desc->globals.count; i++) {
        const struct lu_global *g = &SELF_TABLE(global, globals)[i];

        if (!strcmp(self_string(g->name), name) && !strcmp(self_string(g->scope), scope))
            return g;
    }
    return NULL;
}

static const struct lu_func *self_func(const void *addr)
{
    for (uint32_t i = 0; i < self_desc->funcs.count; i++)
        if (SELF_TABLE(func, funcs)[i].addr == (uintptr_t)addr)
            return &SELF_TABLE(func, funcs)[i];
    return NULL;
}

static const struct lu_literal *self_literal(const void *addr)
{
    for (uint32_t i = 0; i < self_desc->literals.count; i++)
        if (SELF_TABLE(literal, literals)[i].addr == (uintptr_t)addr)
            return &SELF_TABLE(literal, literals)[i];
    return NULL;
}

static const struct lu_site *self_site(const void *cell)
{
    for (uint32_t i = 0; i < self_desc->sites.count; i++)
        if (SELF_TABLE(site, sites)[i].cell == (uintptr_t)cell)
            return &SELF_TABLE(site, sites)[i];
    return NULL;
}

/* Structure or union `tag`: size, alignment. */
#define CHECK_TYPE(kind, ctype, tag)                                                               \
    do {                                                                                           \
        const struct lu_type *t_ = self_type(tag, kind);                                           \
        CHECK(t_, "type %s is missing", tag);                                                      \
        CHECK(!t_ || t_->size == sizeof(ctype), "size of %s", tag);                                \
        CHECK(!t_ || t_->align == _Alignof(ctype), "alignment of %s: %u", tag,                     \
              t_ ? t_->align : 0);                                                                 \
    } while (0)

#define CHECK_MEMBER(kind, ctype, tag, member)                                                     \
    do {                                                                                           \
        uint64_t bit_ = 0;                                                                         \
        const struct lu_member *m_ = self_member(self_type(tag, kind), #member, &bit_);            \
        CHECK(m_, "%s.%s is missing", tag, #member);                                               \
        CHECK(!m_ || bit_ == 8 * offsetof(ctype, member), "offset of %s.%s", tag, #member);        \
        CHECK(!m_ || !m_->bit_size, "%s.%s is no bit-field", tag, #member);                        \
        CHECK(!m_ || SELF_TABLE(type, types)[m_->type].size == sizeof(((ctype *)0)->member),       \
              "size of %s.%s", tag, #member);                                                      \
    } while (0)

/* A bit-field, found by setting all its bits in a cleared object. */
#define CHECK_BITS(ctype, tag, member)                                                             \
    do {                                                                                           \
        ctype o_;                                                                                  \
        unsigned char *p_ = (void *)&o_;                                                           \
        uint64_t bit_ = 0, first_ = ~0ull, n_ = 0;                                                 \
        const struct lu_member *m_ = self_member(self_type(tag, LU_T_STRUCT), #member, &bit_);     \
        memset(&o_, 0, sizeof(o_));                                                                \
        self_ones = ~0ull;                                                                         \
        o_.member = self_ones;                                                                     \
        for (uint64_t b_ = 0; b_ < sizeof(o_) * 8; b_++)                                           \
            if (p_[b_ / 8] >> b_ % 8 & 1) {                                                        \
                first_ = n_ ? first_ : b_;                                                         \
                n_++;                                                                              \
            }                                                                                      \
        CHECK(m_, "%s.%s is missing", tag, #member);                                               \
        CHECK(!m_ || (bit_ == first_ && m_->bit_size == n_), "bits of %s.%s", tag, #member);       \
    } while (0)

#define CHECK_GLOBAL(variable, scope)                                                              \
    do {                                                                                           \
        const struct lu_global *g_ = self_global(#variable, scope);                                \
        CHECK(g_, "global %s [%s] is missing", #variable, scope);                                  \
        CHECK(!g_ || g_->addr == (uintptr_t)&variable, "address of %s", #variable);                \
        CHECK(!g_ || g_->size == sizeof(variable), "size of %s", #variable);                       \
        CHECK(!g_ || SELF_TABLE(type, types)[g_->type].size == sizeof(variable),                   \
              "size of the type of %s", #variable);                                                \
    } while (0)
