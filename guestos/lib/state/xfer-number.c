/* SPDX-License-Identifier: MIT
 *
 * Numbers from one representation to another, with every loss noticed: integers
 * of any size and sign, booleans, enumerations by name, floating point,
 * bit-fields.  Values travel as long double or 64-bit integers with a sign bit of
 * their own, so that nothing is lost on the way.
 */
#include "xfer-core.h"

#include <stdio.h>

struct number {
    bool is_float, is_negative;
    uint64_t bits;     /* two's complement; is_negative tells the sign */
    long double value; /* floating point */
};

/* Pointers are unsigned numbers here (SXFER). */
static bool type_is_signed(const struct st_desc *d, const struct lu_type *t)
{
    if (t->kind == LU_T_ENUM)
        return d->types[t->ref].kind == LU_T_INT;
    return t->kind == LU_T_INT || t->kind == LU_T_CHAR;
}

static uint64_t sign_extend(uint64_t v, unsigned bits)
{
    return bits >= 64 ? v : (uint64_t)((int64_t)(v << (64 - bits)) >> (64 - bits));
}

static void number_set(struct number *n, uint64_t bits, bool is_signed)
{
    *n = (struct number){.bits = bits, .is_negative = is_signed && (int64_t)bits < 0};
}

/* Does an integer fit `width` bits of that signedness? */
static bool number_fits(const struct number *n, unsigned width, bool is_signed, bool is_bool)
{
    if (is_bool)
        return !n->is_negative && n->bits <= 1;
    if (is_signed)
        return n->is_negative ? sign_extend(n->bits, width) == n->bits
                              : n->bits <= (width == 64 ? INT64_MAX : (1ull << (width - 1)) - 1);
    return !n->is_negative && (width == 64 || n->bits < 1ull << width);
}

static int does_not_fit(struct st_xfer *x, const struct number *n, const char *into, bool may_lose)
{
    if (may_lose) {
        x->stats.allowed++;
        return 0;
    }
    if (n->is_float)
        return xfer_fail(x, -LU_ERANGE, "a floating-point value does not fit %s", into);
    if (n->is_negative)
        return xfer_fail(x, -LU_ERANGE, "%lld does not fit %s", (long long)n->bits, into);
    return xfer_fail(x, -LU_ERANGE, "%llu does not fit %s", (unsigned long long)n->bits, into);
}

/* --- reading and writing whole numbers --- */

static int number_read(struct st_xfer *x, const struct lu_type *t, uint64_t addr,
                       struct number *ret)
{
    uint8_t raw[16] = {0};
    uint64_t v = 0;
    bool is_signed = type_is_signed(x->plan->old, t);
    int r = xfer_read(x, addr, raw, t->size <= 16 ? t->size : 16);
    double d;
    float f;

    if (r < 0)
        return r;
    if (t->kind != LU_T_FLOAT) {
        memcpy(&v, raw, 8);
        number_set(ret, is_signed ? sign_extend(v, (unsigned)t->size * 8) : v, is_signed);
        return 0;
    }
    *ret = (struct number){.is_float = true};
    if (t->size == 4) {
        memcpy(&f, raw, 4);
        ret->value = f;
    } else if (t->size == 8) {
        memcpy(&d, raw, 8);
        ret->value = d;
    } else {
        memcpy(&ret->value, raw, 10);
    }
    return 0;
}

static bool float_write(const struct lu_type *t, uint8_t *to, long double v)
{
    float f = (float)v;
    double d = (double)v;
    bool nan = v != v;

    if (t->size == 4) {
        memcpy(to, &f, 4);
        return nan || (long double)f == v;
    }
    if (t->size == 8) {
        memcpy(to, &d, 8);
        return nan || (long double)d == v;
    }
    memcpy(to, &v, 10);
    return true;
}

/* Integer value of a floating-point number, if it is one. */
static bool float_to_integer(struct number *n)
{
    long double v = n->value;

    if (!(v > -9223372036854775809.0L && v < 18446744073709551616.0L))
        return false;
    if (v < 0)
        number_set(n, (uint64_t)(int64_t)v, true);
    else
        number_set(n, (uint64_t)v, false);
    n->value = v;
    return (n->is_negative ? (long double)(int64_t)n->bits : (long double)n->bits) == v;
}

static int number_write(struct st_xfer *x, uint32_t type, uint8_t *to, struct number *n,
                        bool may_lose)
{
    const struct lu_type *t = &x->plan->new->types[type];
    char name[64], into[80];
    bool fits;

    if (t->kind == LU_T_FLOAT) {
        long double v = n->is_float      ? n->value
                        : n->is_negative ? (long double)(int64_t)n->bits
                                         : (long double)n->bits;
        fits = float_write(t, to, v);
    } else {
        struct number integer = *n;

        fits = !n->is_float || float_to_integer(&integer);
        fits = fits && number_fits(&integer, (unsigned)t->size * 8, type_is_signed(x->plan->new, t),
                                   t->kind == LU_T_BOOL);
        if (t->kind == LU_T_BOOL && !fits)
            integer.bits = 1;
        memcpy(to, &integer.bits, t->size);
    }
    if (fits)
        return 0;
    snprintf(into, sizeof(into), "'%s'", st_type_print(x->plan->new, type, name, sizeof(name)));
    return does_not_fit(x, n, into, may_lose);
}

/* --- enumerations --- */

static const struct lu_enumerator *enumerator_new(const struct st_plan *p, const struct lu_type *b,
                                                  const char *name)
{
    for (uint32_t i = 0; i < b->count; i++) {
        const struct lu_enumerator *e = &p->new->enums[b->first + i];

        if (strcmp(plan_new_name(p, e->name), name) == 0)
            return e;
    }
    return NULL;
}

/* One value may have several names: those that live on must agree. */
static int number_enum(struct st_xfer *x, const struct plan_pair *pair, struct number *n)
{
    const struct st_plan *p = x->plan;
    const struct lu_type *a = &p->old->types[pair->old_type], *b = &p->new->types[pair->new_type];
    const struct lu_enumerator *found = NULL;
    const char *name = NULL;

    for (uint32_t i = 0; i < a->count; i++) {
        const struct lu_enumerator *e = &p->old->enums[a->first + i], *f;

        if ((uint64_t)e->value != n->bits)
            continue;
        name = plan_old_name(p, e->name);
        f = enumerator_new(p, b, plan_enumerator_renamed(p, a, name));
        if (f && found && f->value != found->value)
            return xfer_fail(x, -LU_EAMBIGUOUS, "is %s or %s, which are no longer the same",
                             plan_new_name(p, found->name), plan_new_name(p, f->name));
        found = f ? f : found;
    }
    if (found)
        number_set(n, (uint64_t)found->value, type_is_signed(p->new, b));
    else if (name)
        return xfer_fail(x, -LU_ELOSS, "is %s, which the new version does not have", name);
    else if (n->bits) /* 0: never set */
        return xfer_fail(x, -LU_ERANGE, "%lld is no enumerator", (long long)n->bits);
    return 0;
}

int xfer_number(struct st_xfer *x, const struct plan_pair *pair, uint64_t old_addr, uint8_t *to,
                bool may_lose)
{
    struct number n;
    int r = number_read(x, &x->plan->old->types[pair->old_type], old_addr, &n);

    if (r == 0 && pair->kind == PAIR_ENUM)
        r = number_enum(x, pair, &n);
    return r < 0 ? r : number_write(x, pair->new_type, to, &n, may_lose);
}

/* --- bit-fields --- */

static unsigned bits_bytes(const struct plan_bits *b)
{
    return (b->shift + (b->width ? b->width : b->size * 8u) + 7) / 8;
}

int64_t xfer_bits_peek(const struct plan_bits *b, const uint8_t *from)
{
    unsigned width = b->width ? b->width : b->size * 8u;
    uint8_t raw[16] = {0};
    uint64_t lo, hi;

    memcpy(raw, from, bits_bytes(b));
    memcpy(&lo, raw, 8);
    memcpy(&hi, raw + 8, 8);
    if (b->shift)
        lo = lo >> b->shift | hi << (64 - b->shift);
    if (b->is_signed)
        return (int64_t)sign_extend(lo, width);
    return (int64_t)(width >= 64 ? lo : lo & ((1ull << width) - 1));
}

int xfer_bits_get(struct st_xfer *x, const struct plan_bits *b, uint64_t addr, int64_t *ret)
{
    uint8_t raw[16] = {0};
    int r = xfer_read(x, addr, raw, bits_bytes(b));

    if (r == 0)
        *ret = xfer_bits_peek(b, raw);
    return r;
}

void xfer_bits_put(const struct plan_bits *b, uint8_t *to, int64_t value)
{
    unsigned width = b->width ? b->width : b->size * 8u;

    for (unsigned i = 0; i < width; i++) {
        unsigned bit = b->shift + i;
        uint8_t mask = (uint8_t)(1u << bit % 8);

        if (i < 64 && (uint64_t)value >> i & 1)
            to[bit / 8] |= mask;
        else
            to[bit / 8] &= (uint8_t)~mask;
    }
}

/* The old side of a bit-field operation: a bit-field, or a whole number. */
static int bits_read(struct st_xfer *x, const struct plan_op *op, const struct lu_type *t,
                     uint64_t addr, struct number *ret)
{
    int64_t v;
    int r;

    if (!op->old.width)
        return number_read(x, t, addr, ret);
    r = xfer_bits_get(x, &op->old, addr, &v);
    if (r == 0)
        number_set(ret, (uint64_t)v, op->old.is_signed);
    return r;
}

static int bits_write(struct st_xfer *x, const struct plan_op *op, struct number *n, uint8_t *to,
                      bool may_lose)
{
    struct number integer = *n;
    bool fits = !n->is_float || float_to_integer(&integer);
    char into[32];
    int r = 0;

    if (!fits || !number_fits(&integer, op->new.width, op->new.is_signed, op->new.is_bool)) {
        snprintf(into, sizeof(into), "%u bits", op->new.width);
        r = does_not_fit(x, n, into, may_lose);
        if (op->new.is_bool)
            integer.bits = 1;
    }
    if (r == 0)
        xfer_bits_put(&op->new, to, (int64_t)integer.bits);
    return r;
}

int xfer_bits(struct st_xfer *x, const struct plan_op *op, uint64_t old_addr, uint8_t *base,
              bool may_lose)
{
    const struct plan_pair *pair = &x->plan->pairs[op->pair];
    struct number n;
    int r = bits_read(x, op, &x->plan->old->types[pair->old_type], old_addr, &n);

    if (r == 0 && pair->kind == PAIR_BAD)
        r = xfer_fail(x, -LU_EMISMATCH, "can't be converted to the new version's type");
    if (r == 0 && pair->kind == PAIR_ENUM)
        r = number_enum(x, pair, &n);
    if (r < 0)
        return r;
    if (!op->new.width)
        return number_write(x, pair->new_type, base + op->new_off, &n, may_lose);
    return bits_write(x, op, &n, base + op->new_off, may_lose);
}
