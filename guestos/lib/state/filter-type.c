/* SPDX-License-Identifier: MIT
 *
 * Types in filters: casts and sizeof.  A type is an integer type of C, a structure,
 * union or enumeration that the description knows by its tag (or by the typedef that
 * names it), or a pointer to one.
 */
#include "filter-parse.h"

#include <string.h>

const char *filter_type_name(const struct filter_parser *p, uint32_t type, char *buf, size_t size)
{
    return st_type_print(p->d, type, buf, size);
}

/* --- integer types of the language --- */

#define WORD_UNSIGNED 1u
#define WORD_SIGNED 2u
#define WORD_CHAR 4u
#define WORD_SHORT 8u
#define WORD_INT 16u
#define WORD_LONG 32u
#define WORD_LONG_LONG 64u
#define WORD_BOOL 128u
#define WORD_VOID 256u
#define WORD_QUALIFIER 512u

static unsigned word_of(const char *name)
{
    static const struct {
        const char *name;
        unsigned word;
    } words[] = {
        {"unsigned", WORD_UNSIGNED},
        {"signed", WORD_SIGNED},
        {"char", WORD_CHAR},
        {"short", WORD_SHORT},
        {"int", WORD_INT},
        {"long", WORD_LONG},
        {"_Bool", WORD_BOOL},
        {"bool", WORD_BOOL},
        {"void", WORD_VOID},
        {"const", WORD_QUALIFIER},
        {"volatile", WORD_QUALIFIER},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i].name, name) == 0)
            return words[i].word;
    return 0;
}

/* <stdint.h> and <stddef.h>; 0 = not one of them, else bytes. */
static unsigned standard_size(const char *name, bool *ret_unsigned)
{
    static const struct {
        const char *name;
        uint8_t size;
    } names[] = {{"int8_t", 1},   {"int16_t", 2}, {"int32_t", 4},  {"int64_t", 8},
                 {"intptr_t", 8}, {"ssize_t", 8}, {"ptrdiff_t", 8}};

    *ret_unsigned = *name == 'u' || strcmp(name, "size_t") == 0;
    if (strcmp(name, "size_t") == 0)
        return 8;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i].name, name + (*name == 'u')) == 0)
            return names[i].size;
    return 0;
}

static bool is_tag_word(const char *name)
{
    return strcmp(name, "struct") == 0 || strcmp(name, "union") == 0 || strcmp(name, "enum") == 0;
}

bool filter_starts_type(const struct filter_parser *p)
{
    bool is_unsigned;

    if (p->error || p->token != TOK_NAME || p->scope[0])
        return false;
    if (word_of(p->name) || is_tag_word(p->name))
        return true;
    return !filter_is_value(p) &&
           (standard_size(p->name, &is_unsigned) || st_desc_type(p->d, 0, p->name));
}

static struct filter_type integer(unsigned size, bool is_unsigned)
{
    return (struct filter_type){
        .kind = TYPE_INT, .size = (uint8_t)size, .is_unsigned = is_unsigned};
}

/* Can these words stand together? */
static bool words_fit(unsigned words)
{
    unsigned size = words & (WORD_CHAR | WORD_SHORT | WORD_LONG | WORD_BOOL | WORD_VOID);
    unsigned sign = words & (WORD_UNSIGNED | WORD_SIGNED);
    bool alone = words & (WORD_BOOL | WORD_VOID);

    return !(size & (size - 1)) && !(sign & (sign - 1)) &&
           !(alone && (sign || (words & WORD_INT))) &&
           (words & (WORD_CHAR | WORD_INT)) != (WORD_CHAR | WORD_INT);
}

static struct filter_type from_words(unsigned words)
{
    struct filter_type t = integer(4, words & WORD_UNSIGNED);

    if (words & WORD_VOID)
        return (struct filter_type){.kind = TYPE_OBJECT};
    if (words & WORD_CHAR)
        t.size = 1;
    else if (words & WORD_SHORT)
        t.size = 2;
    else if (words & WORD_LONG)
        t.size = 8;
    if (words & WORD_BOOL) {
        t = integer(1, true);
        t.is_bool = true;
    }
    return t;
}

static struct filter_type parse_words(struct filter_parser *p)
{
    unsigned words = 0, word;

    while (p->token == TOK_NAME && (word = word_of(p->name))) {
        bool twice = words & word & ~WORD_QUALIFIER;
        bool fits = !twice || (word == WORD_LONG && !(words & WORD_LONG_LONG));

        words |= twice ? WORD_LONG_LONG : word;
        if (!fits || !words_fit(words))
            filter_fail(p, -LU_EINVAL, p->token_at, "there is no such type in C");
        filter_next(p);
    }
    return from_words(words);
}

/* --- types of the description --- */

static struct filter_type of_description(const struct filter_parser *p, uint32_t type)
{
    const struct lu_type *t = &p->d->types[type];

    if (t->kind == LU_T_ENUM)
        return integer((unsigned)t->size, p->d->types[t->ref].kind == LU_T_UINT);
    return (struct filter_type){.kind = TYPE_OBJECT, .type = type};
}

static struct filter_type parse_tag(struct filter_parser *p)
{
    uint32_t kind = *p->name == 's' ? LU_T_STRUCT : *p->name == 'u' ? LU_T_UNION : LU_T_ENUM;
    uint32_t type = 0;

    filter_next(p);
    if (p->token != TOK_NAME || !(type = st_desc_type(p->d, kind, p->name)))
        filter_fail(p, -LU_ENOENT, p->token_at, "no such type in the component's description");
    filter_next(p);
    return of_description(p, type);
}

static struct filter_type parse_named(struct filter_parser *p)
{
    bool is_unsigned;
    unsigned size = standard_size(p->name, &is_unsigned);
    struct filter_type t =
        size ? integer(size, is_unsigned) : of_description(p, st_desc_type(p->d, 0, p->name));

    filter_next(p);
    return t;
}

static uint16_t integer_kind(const struct filter_type *t)
{
    return t->is_bool ? LU_T_BOOL : t->is_unsigned ? LU_T_UINT : LU_T_INT;
}

static uint32_t find_kind(const struct filter_parser *p, uint16_t kind, uint64_t size)
{
    for (uint32_t i = 1; i < p->d->n_types; i++)
        if (p->d->types[i].kind == kind && p->d->types[i].size == size)
            return i;
    return 0;
}

/* Type of the description that `t` means, as something to point to; ~0 = has none. */
static uint32_t described(const struct filter_parser *p, const struct filter_type *t)
{
    uint32_t type = 0;

    if (t->kind == TYPE_OBJECT)
        return t->type;
    for (uint32_t i = 1; i < p->d->n_types && t->kind == TYPE_PTR; i++)
        if (p->d->types[i].kind == LU_T_PTR && p->d->types[i].ref == t->type)
            return i;
    if (t->kind == TYPE_PTR)
        return ~0u;
    if (t->size == 1 && !t->is_unsigned) /* plain char before signed char */
        type = find_kind(p, LU_T_CHAR, 1);
    type = type ? type : find_kind(p, integer_kind(t), t->size);
    return type ? type : ~0u;
}

struct filter_type filter_type(struct filter_parser *p)
{
    struct filter_type t;

    while (p->token == TOK_NAME && word_of(p->name) == WORD_QUALIFIER)
        filter_next(p);
    if (p->token == TOK_NAME && is_tag_word(p->name))
        t = parse_tag(p);
    else if (p->token == TOK_NAME && word_of(p->name))
        t = parse_words(p);
    else
        t = parse_named(p);
    while (!p->error) {
        uint32_t to = described(p, &t);

        if (p->token == TOK_NAME && word_of(p->name) == WORD_QUALIFIER) {
            filter_next(p);
            continue;
        }
        if (!filter_is(p, "*"))
            break;
        if (to == ~0u) {
            filter_fail(p, -LU_ENOENT, p->token_at, "the component has nothing of this type");
            return t;
        }
        t = (struct filter_type){.kind = TYPE_PTR, .type = to};
        filter_next(p);
    }
    return t;
}

/* --- what is done with them --- */

struct filter_value filter_cast(struct filter_parser *p, const struct filter_type *to,
                                struct filter_value v)
{
    char name[64];

    filter_load(p, &v);
    if (p->error)
        return v;
    if (to->kind == TYPE_OBJECT) {
        filter_fail(p, -LU_EMISMATCH, v.at, "a value can't be cast to '%s'",
                    filter_type_name(p, to->type, name, sizeof(name)));
        return v;
    }
    if (to->kind == TYPE_PTR)
        return (struct filter_value){.kind = VAL_PTR, .type = to->type, .zero = v.zero, .at = v.at};
    if (to->is_bool)
        filter_emit(p, FOP_BOOL);
    else if (to->size < 8)
        filter_emit_bits(p, 0, to->size * 8u, !to->is_unsigned);
    return (struct filter_value){.kind = VAL_NUM,
                                 .wide = to->size == 8,
                                 .is_unsigned = to->size >= 4 && to->is_unsigned,
                                 .cast = to->size,
                                 .zero = v.zero && v.kind == VAL_NUM,
                                 .at = v.at};
}

static uint64_t size_of_type(const struct filter_parser *p, const struct filter_type *t)
{
    return t->kind == TYPE_INT ? t->size : t->kind == TYPE_PTR ? 8 : p->d->types[t->type].size;
}

static uint64_t size_of_value(struct filter_parser *p, const struct filter_value *v)
{
    switch (v->kind) {
    case VAL_OBJECT:
        return p->d->types[v->type].size;
    case VAL_PTR:
        return 8;
    case VAL_NUM:
        return v->cast ? v->cast : v->wide ? 8 : 4;
    default:
        filter_fail(p, -LU_EMISMATCH, v->at, "a bit-field has no size");
        return 0;
    }
}

bool filter_type_follows(const struct filter_parser *p)
{
    struct filter_parser ahead = *p;

    ahead.err = NULL;
    filter_next(&ahead);
    return filter_starts_type(&ahead);
}

/* The operand is only looked at: no code of it stays. */
struct filter_value filter_sizeof(struct filter_parser *p)
{
    unsigned at = p->token_at, len = p->len, cells = p->n_cells;
    struct filter_value v = {.kind = VAL_NUM, .wide = true, .is_unsigned = true, .at = at};
    uint64_t size;

    filter_next(p);
    if (filter_is(p, "(") && filter_type_follows(p)) {
        struct filter_type t;

        filter_next(p);
        t = filter_type(p);
        filter_expect(p, ")", "a type");
        size = size_of_type(p, &t);
    } else {
        struct filter_value of = filter_unary(p);

        size = p->error ? 0 : size_of_value(p, &of);
    }
    if (!p->error && !size)
        filter_fail(p, -LU_EMISMATCH, at, "sizeof needs something that has a size");
    if (p->error)
        return v;
    p->len = len;
    p->n_cells = cells;
    filter_emit_int(p, (int64_t)size);
    return v;
}
