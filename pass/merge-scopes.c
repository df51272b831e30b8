/* SPDX-License-Identifier: MIT
 *
 * Scopes name a static thing's file.  The pass wrote the path as the compiler
 * got it; two builds of one component have different paths, so only the file's
 * name is kept, and folders only where two files of one name hold a static of
 * one name.
 */
#include "merge.h"

#include <stdlib.h>
#include <string.h>

/* One scope string to shorten, and what else makes the thing unique. */
struct scoped {
    uint32_t *scope;
    uint32_t name;
    uint32_t kind;
    unsigned depth;   /* folders kept */
    uint32_t shorter; /* interned */
};

/* "a/b/c.c:f" with one folder kept -> "b/c.c:f". */
static const char *tail_of(const char *scope, unsigned depth)
{
    const char *end = strrchr(scope, ':');
    const char *p = end ? end : scope + strlen(scope);

    while (p > scope) {
        if (p[-1] == '/' && depth-- == 0)
            return p;
        p--;
    }
    return p;
}

static int by_short(const void *a, const void *b)
{
    const struct scoped *x = a, *y = b;

    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->name != y->name)
        return x->name < y->name ? -1 : 1;
    if (x->shorter != y->shorter)
        return x->shorter < y->shorter ? -1 : 1;
    return *x->scope < *y->scope ? -1 : *x->scope > *y->scope;
}

static int same_short(const struct scoped *x, const struct scoped *y)
{
    return x->kind == y->kind && x->name == y->name && x->shorter == y->shorter;
}

/* A copy, because adding to the table moves its strings. */
static uint32_t add_tail(struct world *w, uint32_t scope, unsigned depth)
{
    char *copy = must_calloc(strlen(strtab_get(&w->strings, scope)) + 1, 1);
    uint32_t at;

    strcpy(copy, strtab_get(&w->strings, scope));
    at = strtab_add(&w->strings, tail_of(copy, depth));
    free(copy);
    return at;
}

/* Keeps one more folder of all that collide; 0 when nothing could be done. */
static int deepen(struct world *w, struct scoped *list, size_t n)
{
    int changed = 0;

    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && same_short(&list[i], &list[end]); end++)
            ;
        if (*list[i].scope == *list[end - 1].scope)
            continue;
        for (size_t k = i; k < end; k++) {
            uint32_t was = list[k].shorter;

            list[k].shorter = add_tail(w, *list[k].scope, ++list[k].depth);
            changed |= list[k].shorter != was;
        }
    }
    return changed;
}

static size_t collect(struct world *w, struct scoped *list)
{
    size_t n = 0;

    for (uint32_t i = 0; i < w->n_globals; i++)
        if (w->globals[i].scope)
            list[n++] = (struct scoped){&w->globals[i].scope, w->globals[i].name, 0, 0, 0};
    for (uint32_t i = 0; i < w->n_funcs; i++)
        if (w->funcs[i].scope)
            list[n++] = (struct scoped){&w->funcs[i].scope, w->funcs[i].name, 1, 0, 0};
    for (uint32_t i = 0; i < w->n_sites; i++)
        list[n++] = (struct scoped){&w->sites[i].func, w->sites[i].ordinal, 2, 0, 0};
    return n;
}

void scopes_shorten(struct world *w)
{
    struct scoped *list = must_calloc(w->n_globals + w->n_funcs + w->n_sites, sizeof(*list));
    size_t n = collect(w, list);

    for (size_t i = 0; i < n; i++)
        list[i].shorter = add_tail(w, *list[i].scope, 0);
    do
        qsort(list, n, sizeof(*list), by_short);
    while (deepen(w, list, n));
    for (size_t i = 0; i < n; i++)
        *list[i].scope = list[i].shorter;
    free(list);
}
