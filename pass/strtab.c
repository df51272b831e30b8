/* SPDX-License-Identifier: MIT
 *
 * Interned strings.
 */
#include "strtab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
    if (!p) {
        fprintf(stderr, "lu-desc: out of memory\n");
        exit(1);
    }
    return p;
}

void *must_calloc(size_t n, size_t size)
{
    return must(calloc(n ? n : 1, size));
}

void *must_realloc(void *p, size_t size)
{
    return must(realloc(p, size ? size : 1));
}

void strtab_init(struct strtab *t)
{
    memset(t, 0, sizeof(*t));
    t->n_slots = 1024;
    t->slots = must_calloc(t->n_slots, sizeof(*t->slots));
    t->room = 4096;
    t->bytes = must_calloc(t->room, 1);
    t->size = 1;
}

void strtab_free(struct strtab *t)
{
    free(t->slots);
    free(t->bytes);
    memset(t, 0, sizeof(*t));
}

static size_t strtab_slot(const struct strtab *t, const char *s)
{
    uint64_t h = 0xcbf29ce484222325ull;
    size_t i;

    for (const char *p = s; *p; p++)
        h = (h ^ (unsigned char)*p) * 0x100000001b3ull;
    for (i = h % t->n_slots; t->slots[i]; i = (i + 1) % t->n_slots)
        if (!strcmp(t->bytes + t->slots[i], s))
            break;
    return i;
}

static void strtab_grow(struct strtab *t)
{
    uint32_t *old = t->slots;
    size_t n = t->n_slots;

    t->n_slots = n * 2;
    t->slots = must_calloc(t->n_slots, sizeof(*t->slots));
    for (size_t i = 0; i < n; i++)
        if (old[i])
            t->slots[strtab_slot(t, t->bytes + old[i])] = old[i];
    free(old);
}

uint32_t strtab_add(struct strtab *t, const char *s)
{
    size_t len = strlen(s) + 1, i;

    if (!*s)
        return 0;
    i = strtab_slot(t, s);
    if (t->slots[i])
        return t->slots[i];
    while (t->size + len > t->room)
        t->bytes = must_realloc(t->bytes, t->room *= 2);
    memcpy(t->bytes + t->size, s, len);
    t->slots[i] = (uint32_t)t->size;
    t->size += len;
    if (++t->n * 2 > t->n_slots)
        strtab_grow(t);
    return (uint32_t)(t->size - len);
}

/* By the strings read backwards; of two that end alike the longer one first. */
static int by_end(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    size_t i = strlen(x), k = strlen(y);

    while (i && k) {
        unsigned char c = (unsigned char)x[--i], d = (unsigned char)y[--k];

        if (c != d)
            return c < d ? -1 : 1;
    }
    return i ? -1 : k ? 1 : 0;
}

static const char **list_all(const struct strtab *t, size_t *ret_n)
{
    const char **list = must_calloc(t->n, sizeof(*list));
    size_t n = 0;

    for (size_t at = 1; at < t->size; at += strlen(t->bytes + at) + 1)
        list[n++] = t->bytes + at;
    qsort(list, n, sizeof(*list), by_end);
    *ret_n = n;
    return list;
}

uint32_t *strtab_pack(struct strtab *t)
{
    size_t n, size = 1, last = 0; /* last: length of the string that was placed last */
    const char **list = list_all(t, &n);
    uint32_t *moved = must_calloc(t->size, sizeof(*moved));
    char *packed = must_calloc(t->size, 1);

    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(list[i]);

        if (len > last || memcmp(packed + size - 1 - len, list[i], len) != 0) {
            memcpy(packed + size, list[i], len + 1);
            size += len + 1;
            last = len;
        }
        moved[list[i] - t->bytes] = (uint32_t)(size - 1 - len);
    }
    free((void *)list);
    strtab_free(t);
    t->bytes = packed;
    t->size = size;
    return moved;
}
