/* SPDX-License-Identifier: MIT
 *
 * Interned strings: a string is known by its offset in one growing table.
 * Offset 0 is the empty string.  Runs out of memory by exiting: build tool.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct strtab {
    char *bytes;
    size_t size, room;
    uint32_t *slots; /* open addressing; 0 = free */
    size_t n_slots, n;
};

void strtab_init(struct strtab *t);
void strtab_free(struct strtab *t);
uint32_t strtab_add(struct strtab *t, const char *s);

/* Lets every string that ends another one lie inside it.  Returns the new offset of
 * every old one; free() it.  Nothing can be added any more. */
uint32_t *strtab_pack(struct strtab *t);

static inline const char *strtab_get(const struct strtab *t, uint32_t at)
{
    return t->bytes + at;
}

/* malloc and friends that exit instead of failing. */
void *must_calloc(size_t n, size_t size);
void *must_realloc(void *p, size_t size);
