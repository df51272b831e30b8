/* SPDX-License-Identifier: MIT
 *
 * Merges the units' records into the component's description.
 */
#include "merge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tu-format.h"

/* The types that the records of `out` need, found from the roots. */
struct mark {
    const struct world *in;
    const uint32_t *rep;
    uint32_t *new_index; /* by old index; 0 = not needed (or void) */
    uint32_t *stack;
    size_t depth;
};

static void mark_type(struct mark *m, uint32_t type)
{
    type = m->rep[type];
    if (!type || m->new_index[type])
        return;
    m->new_index[type] = 1;
    m->stack[m->depth++] = type;
}

static void mark_all(struct mark *m, uint32_t root)
{
    mark_type(m, root);
    while (m->depth) {
        const struct lu_type *t = &m->in->types[m->stack[--m->depth]];

        mark_type(m, t->ref);
        if (t->kind == LU_T_STRUCT || t->kind == LU_T_UNION || t->kind == LU_T_FUNC)
            for (uint32_t i = 0; i < t->count; i++)
                mark_type(m, m->in->members[t->first + i].type);
    }
}

static uint32_t move_string(const struct world *in, struct world *out, uint32_t at)
{
    return strtab_add(&out->strings, strtab_get(&in->strings, at));
}

static uint32_t move_type(const struct mark *m, uint32_t type)
{
    return m->new_index[m->rep[type]];
}

static void move_members(const struct mark *m, struct world *out, struct lu_type *t)
{
    uint32_t first = out->n_members;

    for (uint32_t i = 0; i < t->count; i++) {
        struct lu_member f = m->in->members[t->first + i];

        f.name = move_string(m->in, out, f.name);
        f.aux = move_string(m->in, out, f.aux);
        f.type = move_type(m, f.type);
        out->members[out->n_members++] = f;
    }
    t->first = first;
}

static void move_enums(const struct mark *m, struct world *out, struct lu_type *t)
{
    uint32_t first = out->n_enums;

    for (uint32_t i = 0; i < t->count; i++) {
        struct lu_enumerator e = m->in->enums[t->first + i];

        e.name = move_string(m->in, out, e.name);
        out->enums[out->n_enums++] = e;
    }
    t->first = first;
}

static void move_types(struct mark *m, struct world *out)
{
    const struct world *in = m->in;
    uint32_t n = 1;

    for (uint32_t i = 1; i < in->n_types; i++)
        if (m->new_index[i])
            m->new_index[i] = n++;
    out->types = must_calloc(n, sizeof(*out->types));
    out->members = must_calloc(in->n_members, sizeof(*out->members));
    out->enums = must_calloc(in->n_enums, sizeof(*out->enums));
    out->n_types = n;
    for (uint32_t i = 1; i < in->n_types; i++) {
        struct lu_type t = in->types[i];

        if (!m->new_index[i])
            continue;
        t.name = move_string(in, out, t.name);
        t.ref = move_type(m, t.ref);
        if (t.kind == LU_T_STRUCT || t.kind == LU_T_UNION || t.kind == LU_T_FUNC)
            move_members(m, out, &t);
        else if (t.kind == LU_T_ENUM)
            move_enums(m, out, &t);
        else
            t.first = 0;
        out->types[m->new_index[i]] = t;
    }
}

static int dead(uint64_t addr)
{
    return addr == 0 || addr == LU_TU_DEAD;
}

static int weakness(uint32_t flags)
{
    return flags & LU_TU_DECLARED ? 2 : flags & LU_TU_WEAK ? 1 : 0;
}

/* A weak definition at the address of another one has lost. */
static int by_addr_then_strength(uint64_t a, uint64_t b, uint32_t fa, uint32_t fb)
{
    if (a != b)
        return a < b ? -1 : 1;
    return weakness(fa) - weakness(fb);
}

/* Order in the link breaks ties, so that the result is always the same. */
#define BY_PLACE(x, y) ((x) < (y) ? -1 : (x) > (y))

static int by_global(const void *a, const void *b)
{
    const struct lu_global *x = *(void *const *)a, *y = *(void *const *)b;
    int c = by_addr_then_strength(x->addr, y->addr, x->flags, y->flags);

    if (!c && x->size != y->size) /* common symbols: the linker takes the largest */
        c = x->size > y->size ? -1 : 1;
    return c ? c : BY_PLACE(x, y);
}

static int by_func(const void *a, const void *b)
{
    const struct lu_func *x = *(void *const *)a, *y = *(void *const *)b;
    int c = by_addr_then_strength(x->addr, y->addr, x->flags, y->flags);

    return c ? c : BY_PLACE(x, y);
}

static int by_literal(const void *a, const void *b)
{
    const struct lu_literal *x = *(void *const *)a, *y = *(void *const *)b;

    return x->addr != y->addr ? (x->addr < y->addr ? -1 : 1) : BY_PLACE(x, y);
}

static int by_site(const void *a, const void *b)
{
    const struct lu_site *x = *(void *const *)a, *y = *(void *const *)b;

    return x->cell != y->cell ? (x->cell < y->cell ? -1 : 1) : BY_PLACE(x, y);
}

/* Pointers to the live records of a table, sorted, one per address. */
#define SORTED(w, table, addr_field, order, ret)                                                   \
    do {                                                                                           \
        size_t n_ = 0, kept_ = 0;                                                                  \
        (ret) = must_calloc((w)->n_##table, sizeof(*(ret)));                                       \
        for (uint32_t i_ = 0; i_ < (w)->n_##table; i_++)                                           \
            if (!dead((w)->table[i_].addr_field))                                                  \
                (ret)[n_++] = &(w)->table[i_];                                                     \
        qsort((ret), n_, sizeof(*(ret)), order);                                                   \
        for (size_t i_ = 0; i_ < n_; i_++)                                                         \
            if (!kept_ || (ret)[i_]->addr_field != (ret)[kept_ - 1]->addr_field)                   \
                (ret)[kept_++] = (ret)[i_];                                                        \
        (w)->n_##table = (uint32_t)kept_;                                                          \
    } while (0)

struct live {
    struct lu_global **globals;
    struct lu_func **funcs;
    struct lu_literal **literals;
    struct lu_site **sites;
};

static uint32_t pointee_at(const struct world *w, uint32_t type, uint64_t offset)
{
    for (;;) {
        const struct lu_type *t = &w->types[type];
        uint32_t inner = 0;

        if (t->kind == LU_T_PTR)
            return offset == 0 ? t->ref : 0;
        if (t->kind == LU_T_ARRAY && w->types[t->ref].size) {
            offset %= w->types[t->ref].size;
            inner = t->ref;
        }
        for (uint32_t i = 0; t->kind == LU_T_STRUCT && i < t->count; i++) {
            const struct lu_member *m = &w->members[t->first + i];

            if (m->bit_offset / 8 <= offset &&
                offset < m->bit_offset / 8 + w->types[m->type].size) {
                inner = m->type;
                offset -= m->bit_offset / 8;
                break;
            }
        }
        if (!inner)
            return 0;
        type = inner;
    }
}

/* As the pass does with a type that it sees: ~0 = does not suit. */
static uint32_t deferred_flags(const struct lu_global *to, uint64_t size)
{
    if (!size)
        return ~0u;
    if (!to->scope && to->size == size)
        return 0;
    if (to->size % size == 0 && to->scope % size == 0)
        return LU_A_ARRAY;
    return to->size >= size ? LU_A_TAIL : ~0u;
}

/* Sites whose result goes to another unit's variable get its pointee type. */
static void resolve_deferred(struct world *w, const uint32_t *rep)
{
    for (uint32_t i = 0; i < w->n_sites; i++) {
        struct lu_site *s = &w->sites[i];
        const struct lu_global *to;
        uint32_t found = 0, flags;

        if (!(s->flags & LU_TU_DEFERRED))
            continue;
        to = &w->globals[s->type];
        for (uint32_t g = 0; g < w->n_globals && !found; g++)
            if (!(w->globals[g].flags & LU_TU_DEFERRED) && w->globals[g].addr == to->addr)
                found = rep[pointee_at(w, rep[w->globals[g].type], to->type)];
        flags = deferred_flags(to, w->types[found].size);
        s->type = flags == ~0u ? 0 : found;
        s->flags = flags == ~0u ? 0 : flags;
    }
    for (uint32_t g = 0; g < w->n_globals; g++)
        if (w->globals[g].flags & LU_TU_DEFERRED) {
            w->globals[g].addr = LU_TU_DEAD;
            w->globals[g].scope = 0;
        }
}

struct taken {
    uint64_t addr;
    uint32_t type;
};

static int by_taken(const void *a, const void *b)
{
    const struct taken *x = a, *y = b;

    if (x->addr != y->addr)
        return x->addr < y->addr ? -1 : 1;
    return x->type < y->type ? 1 : x->type > y->type ? -1 : 0;
}

/* Only functions whose address some unit takes need their types: their definition's, or
 * else what another unit that takes the address knows. */
static void keep_types_of_taken(struct world *w)
{
    struct taken *taken = must_calloc(w->n_funcs, sizeof(*taken));
    size_t n = 0;

    for (uint32_t i = 0; i < w->n_funcs; i++)
        if (w->funcs[i].flags & LU_TU_TAKEN)
            taken[n++] = (struct taken){w->funcs[i].addr, w->funcs[i].type};
    qsort(taken, n, sizeof(*taken), by_taken);
    for (uint32_t i = 0; i < w->n_funcs; i++) {
        struct lu_func *f = &w->funcs[i];
        size_t lo = 0, hi = n;

        while (lo < hi) {
            size_t mid = lo + (hi - lo) / 2;

            if (taken[mid].addr < f->addr)
                lo = mid + 1;
            else
                hi = mid;
        }
        if (lo == n || taken[lo].addr != f->addr)
            f->type = 0;
        else if (!f->type)
            f->type = taken[lo].type;
    }
    free(taken);
}

static void mark_roots(struct mark *m, const struct live *l)
{
    const struct world *in = m->in;

    for (uint32_t i = 0; i < in->n_globals; i++)
        mark_all(m, l->globals[i]->type);
    for (uint32_t i = 0; i < in->n_funcs; i++)
        mark_all(m, l->funcs[i]->type);
    for (uint32_t i = 0; i < in->n_literals; i++)
        mark_all(m, l->literals[i]->type);
    for (uint32_t i = 0; i < in->n_sites; i++)
        mark_all(m, l->sites[i]->type);
}

static void move_globals(const struct mark *m, struct world *out, const struct live *l)
{
    out->globals = must_calloc(m->in->n_globals, sizeof(*out->globals));
    for (uint32_t i = 0; i < m->in->n_globals; i++) {
        struct lu_global *g = &out->globals[out->n_globals++];

        *g = *l->globals[i];
        g->name = move_string(m->in, out, g->name);
        g->scope = move_string(m->in, out, g->scope);
        g->type = move_type(m, g->type);
        g->flags &= ~LU_TU_WEAK;
    }
}

static void move_funcs(const struct mark *m, struct world *out, const struct live *l)
{
    out->funcs = must_calloc(m->in->n_funcs, sizeof(*out->funcs));
    for (uint32_t i = 0; i < m->in->n_funcs; i++) {
        struct lu_func *f = &out->funcs[out->n_funcs++];

        *f = *l->funcs[i];
        f->name = move_string(m->in, out, f->name);
        f->scope = move_string(m->in, out, f->scope);
        f->type = move_type(m, f->type);
        f->flags &= ~(LU_TU_WEAK | LU_TU_TAKEN | LU_TU_DECLARED);
    }
}

static void move_rest(const struct mark *m, struct world *out, const struct live *l)
{
    out->literals = must_calloc(m->in->n_literals, sizeof(*out->literals));
    for (uint32_t i = 0; i < m->in->n_literals; i++) {
        out->literals[i] = *l->literals[i];
        out->literals[i].type = move_type(m, l->literals[i]->type);
    }
    out->n_literals = m->in->n_literals;
    out->sites = must_calloc(m->in->n_sites, sizeof(*out->sites));
    for (uint32_t i = 0; i < m->in->n_sites; i++) {
        struct lu_site *s = &out->sites[i];

        *s = *l->sites[i];
        s->func = move_string(m->in, out, s->func);
        s->callee = move_string(m->in, out, s->callee);
        s->type = move_type(m, s->type);
    }
    out->n_sites = m->in->n_sites;
}

int merge_world(struct world *in, struct world *out, const char *component)
{
    struct mark m = {.in = in};
    struct live l;

    if (strlen(component) >= sizeof(out->component)) {
        fprintf(stderr, "lu-desc: component name '%s' is longer than %zu characters\n", component,
                sizeof(out->component) - 1);
        return -EINVAL;
    }
    strcpy(out->component, component);
    out->transfer_lines = in->transfer_lines;
    if (!in->n_types) { /* no unit was instrumented */
        in->types = must_calloc(1, sizeof(*in->types));
        in->n_types = 1;
    }
    m.rep = types_fold(in);
    resolve_deferred(in, m.rep);
    keep_types_of_taken(in);
    scopes_shorten(in);
    m.new_index = must_calloc(in->n_types, sizeof(*m.new_index));
    m.stack = must_calloc(in->n_types, sizeof(*m.stack));
    SORTED(in, globals, addr, by_global, l.globals);
    SORTED(in, funcs, addr, by_func, l.funcs);
    SORTED(in, literals, addr, by_literal, l.literals);
    SORTED(in, sites, cell, by_site, l.sites);
    mark_roots(&m, &l);
    move_types(&m, out);
    move_globals(&m, out, &l);
    move_funcs(&m, out, &l);
    move_rest(&m, out, &l);
    free((void *)m.rep);
    free(m.new_index);
    free(m.stack);
    free(l.globals);
    free(l.funcs);
    free(l.literals);
    free(l.sites);
    return 0;
}
