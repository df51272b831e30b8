/* SPDX-License-Identifier: MIT
 *
 * Folds the types of all units.  Two types are one when nothing that can be
 * seen from them differs: partition refinement, starting from what each record
 * says itself and refined by the classes of what it refers to until no class
 * splits.  So recursive types fold, and two different structures of one tag
 * stay apart.  A type that is only declared counts as the one structure of that
 * tag that another unit defines.
 */
#include "merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fold {
    struct world *w;
    uint64_t *shape; /* of the record itself */
    uint64_t *class; /* after the last round */
    uint64_t *next;
    uint32_t *alias; /* declared-only -> its definition, else itself */
};

/* Finaliser of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
 * generators, OOPSLA 2014). */
static uint64_t scramble(uint64_t h)
{
    h ^= h >> 30;
    h *= 0xbf58476d1ce4e5b9ull;
    h ^= h >> 27;
    h *= 0x94d049bb133111ebull;
    return h ^ h >> 31;
}

/* Both numbers can be small and close to each other's: h is spread before v comes in. */
static uint64_t mix(uint64_t h, uint64_t v)
{
    return scramble(scramble(h + 0x9e3779b97f4a7c15ull) ^ v);
}

static int has_members(const struct lu_type *t)
{
    return t->kind == LU_T_STRUCT || t->kind == LU_T_UNION || t->kind == LU_T_FUNC;
}

static uint64_t shape_of(const struct world *w, const struct lu_type *t)
{
    uint64_t h = mix(t->kind, t->name);

    h = mix(mix(mix(mix(h, t->size), t->align), t->flags), t->count);
    for (uint32_t i = 0; has_members(t) && i < t->count; i++) {
        const struct lu_member *m = &w->members[t->first + i];

        h = mix(mix(mix(h, m->name), m->bit_offset), mix(m->bit_size, m->flags));
        h = mix(h, m->aux);
    }
    for (uint32_t i = 0; t->kind == LU_T_ENUM && i < t->count; i++) {
        const struct lu_enumerator *e = &w->enums[t->first + i];

        h = mix(mix(h, e->name), (uint64_t)e->value);
    }
    return h;
}

static int is_tagged(const struct lu_type *t)
{
    return t->name && (t->kind == LU_T_STRUCT || t->kind == LU_T_UNION || t->kind == LU_T_ENUM);
}

/* by_name[string]: first definition of that tag + 1; ~0 when there are several. */
static void resolve_declared(struct fold *f)
{
    struct world *w = f->w;
    uint32_t *by_name = must_calloc(w->strings.size, sizeof(*by_name));

    for (uint32_t i = 0; i < w->n_types; i++) {
        uint32_t *first = &by_name[w->types[i].name];

        f->alias[i] = i;
        if (!is_tagged(&w->types[i]))
            continue;
        if (!*first)
            *first = i + 1;
        else if (*first != ~0u && f->shape[*first - 1] != f->shape[i])
            *first = ~0u;
    }
    for (uint32_t i = 0; i < w->n_types; i++) {
        uint32_t first = by_name[w->types[i].name];

        if (w->types[i].kind == LU_T_OPAQUE && w->types[i].name && first && first != ~0u)
            f->alias[i] = first - 1;
    }
    free(by_name);
}

static uint64_t class_of(const struct fold *f, uint32_t type)
{
    return f->class[f->alias[type]];
}

static void refine(struct fold *f)
{
    for (uint32_t i = 0; i < f->w->n_types; i++) {
        const struct lu_type *t = &f->w->types[i];
        uint64_t h = mix(f->shape[i], class_of(f, t->ref));

        for (uint32_t m = 0; has_members(t) && m < t->count; m++)
            h = mix(h, class_of(f, f->w->members[t->first + m].type));
        f->next[i] = h;
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static uint32_t count_classes(const uint64_t *class, uint32_t n, uint64_t *scratch)
{
    uint32_t count = 0;

    memcpy(scratch, class, n * sizeof(*class));
    qsort(scratch, n, sizeof(*scratch), by_value);
    for (uint32_t i = 0; i < n; i++)
        count += i == 0 || scratch[i] != scratch[i - 1];
    return count;
}

static void refine_all(struct fold *f)
{
    uint32_t n = f->w->n_types, before = 0;
    uint64_t *scratch = must_calloc(n, sizeof(*scratch));

    memcpy(f->class, f->shape, n * sizeof(*f->class));
    for (;;) {
        uint32_t now = count_classes(f->class, n, scratch);
        uint64_t *swap = f->class;

        if (now == before)
            break;
        before = now;
        refine(f);
        f->class = f->next;
        f->next = swap;
    }
    free(scratch);
}

struct keyed {
    uint64_t class;
    uint32_t index;
};

static int by_class(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;

    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static void representatives(const struct fold *f, uint32_t *rep)
{
    uint32_t n = f->w->n_types;
    struct keyed *keys = must_calloc(n, sizeof(*keys));

    for (uint32_t i = 0; i < n; i++)
        keys[i] = (struct keyed){class_of(f, i), f->alias[i]};
    qsort(keys, n, sizeof(*keys), by_class);
    for (uint32_t i = 0, first = 0; i < n; i++) {
        if (keys[i].class != keys[first].class)
            first = i;
        rep[keys[i].index] = keys[first].index;
    }
    for (uint32_t i = 0; i < n; i++)
        rep[i] = rep[f->alias[i]];
    free(keys);
}

uint32_t *types_fold(struct world *w)
{
    struct fold f = {.w = w};
    uint32_t *rep = must_calloc(w->n_types, sizeof(*rep));

    f.shape = must_calloc(w->n_types, sizeof(*f.shape));
    f.class = must_calloc(w->n_types, sizeof(*f.class));
    f.next = must_calloc(w->n_types, sizeof(*f.next));
    f.alias = must_calloc(w->n_types, sizeof(*f.alias));
    for (uint32_t i = 0; i < w->n_types; i++)
        f.shape[i] = shape_of(w, &w->types[i]);
    resolve_declared(&f);
    refine_all(&f);
    representatives(&f, rep);
    free(f.shape);
    free(f.class);
    free(f.next);
    free(f.alias);
    return rep;
}
