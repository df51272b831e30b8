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

static const char *enumerator_renamed(const struct st_plan *p, const struct lu_type *a,
                                      const char *name)
{
    const char *to = plan_renamed(p, ST_RULE_RENAME_ENUMERATOR, plan_old_name(p, a->name), name);

    return to != name ? to : plan_renamed(p, ST_RULE_RENAME_ENUMERATOR, NULL, name);
}

static int number_enum(struct st_xfer *x, const struct plan_pair *pair, struct number *n)
{
    const struct lu_type *a = &x->plan->old->types[pair->old_type];
    const struct lu_type *b = &x->plan->new->types[pair->new_type];
    const char *name = NULL;

    for (uint32_t i = 0; i < a->count; i++) {
        const struct lu_enumerator *e = &x->plan->old->enums[a->first + i];
        if ((uint64_t)e->value != n->bits)
            continue;
        name = plan_old_name(x->plan, e->name);
        for (uint32_t k = 0; k < b->count; k++) {
            const struct lu_enumerator *f = &x->plan->new->enums[b->first + k];
            if (strcmp(plan_new_name(x->plan, f->name), enumerator_renamed(x->plan, a, name)))
                continue;
            number_set(n, (uint64_t)f->value, true);
            return 0;
        }
    }
    if (name)
        return xfer_fail(x, -LU_ELOSS, "is %s, which the new version does not have", name);
    if (!n->bits)
        return 0; /* never set */
    return xfer_fail(x, -LU_ERANGE, "%lld is no enumerator", (long long)n->bits);
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

int xfer_bits_get(struct st_xfer *x, const struct plan_bits *b, uint64_t addr, int64_t *ret)
{
    unsigned width = b->width ? b->width : b->size * 8u;
    unsigned bytes = (b->shift + width + 7) / 8;
    uint8_t raw[16] = {0};
    uint64_t lo, hi;
    int r = xfer_read(x, addr, raw, bytes);

    if (r < 0)
        return r;
    memcpy(&lo, raw, 8);
    memcpy(&hi, raw + 8, 8);
    if (b->shift)
        lo = lo >> b->shift | hi << (64 - b->shift);
    if (b->is_signed)
        *ret = (int64_t)sign_extend(lo, width);
    else
        *ret = (int64_t)(width == 64 ? lo : lo & ((1ull << width) - 1));
    return 0;
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

int xfer_bits(struct st_xfer *x, const struct plan_op *op, uint64_t old_addr, uint8_t *base,
              bool may_lose)
{
    unsigned width = op->new.width ? op->new.width : op->new.size * 8u;
    struct number n;
    char into[32];
    int64_t v;
    int r = xfer_bits_get(x, &op->old, old_addr, &v);

    if (r < 0)
        return r;
    number_set(&n, (uint64_t)v, op->old.is_signed);
    if (!number_fits(&n, width, op->new.is_signed, op->new.is_bool)) {
        snprintf(into, sizeof(into), "%u bits", width);
        r = does_not_fit(x, &n, into, may_lose);
        if (r < 0)
            return r;
        if (op->new.is_bool)
            v = 1;
    }
    xfer_bits_put(&op->new, base + op->new_off, v);
    return 0;
}
