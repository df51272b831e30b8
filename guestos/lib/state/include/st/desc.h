/* SPDX-License-Identifier: MIT
 *
 * Reader of state descriptions (lu/desc.h).  st_desc_open checks every index,
 * offset and size of a hostile blob once; after it the tables can be used
 * without further checks: every type, member, enumerator and string index is in
 * range, every string ends in the table, aggregates contain what they say, and
 * nesting by value is acyclic and at most ST_MAX_NEST deep.
 */
#pragma once

#include <lu/desc.h>
#include <st/err.h>

#define ST_MAX_NEST 48u            /* aggregates inside aggregates, by value */
#define ST_MAX_BLOB (64u << 20)    /* bytes of a description */
#define ST_MAX_OBJECT (1ull << 30) /* bytes of a type */

/* Per type, computed by st_desc_open: does an object of it hold, by value, ... */
#define ST_TYPE_POINTERS 1u /* pointers or PXFER integers that are to be followed */
#define ST_TYPE_UNIONS 2u   /* unions that are not IXFER/SXFER */

/* An open description.  Read-only for users; the blob must stay where it is. */
struct st_desc {
    const struct lu_desc *header;
    const struct lu_type *types;
    const struct lu_member *members;
    const struct lu_enumerator *enums;
    const struct lu_global *globals;
    const struct lu_func *funcs;
    const struct lu_literal *literals;
    const struct lu_site *sites;
    const char *strings;
    const struct lu_invariant *invariants;
    const uint8_t *code;
    uint32_t n_types, n_members, n_enums, n_globals, n_funcs, n_literals, n_sites, n_strings;
    uint32_t n_invariants, n_code;
    uint8_t *type_info;   /* ST_TYPE_*, one per type */
    uint32_t *by_name;    /* globals, sorted by name, then scope */
    uint32_t *func_names; /* functions, likewise */
    struct st_mem mem;
};

/* Opens `size` bytes at `blob` (8-byte aligned).  -LU_EFORMAT with err->offset =
 * where in the blob, -LU_ENOMEM. */
int st_desc_open(struct st_desc *ret, const void *blob, size_t size, const struct st_mem *mem,
                 struct st_err *err);
void st_desc_close(struct st_desc *d);

/* String at a checked offset. */
const char *st_desc_string(const struct st_desc *d, uint32_t offset);

/* First global / function of that name, of any scope if `scope` is NULL.  *ret_n (may
 * be NULL) = how many there are.  NULL when there is none. */
const struct lu_global *st_desc_global(const struct st_desc *d, const char *name, const char *scope,
                                       uint32_t *ret_n);
const struct lu_func *st_desc_func(const struct st_desc *d, const char *name, const char *scope,
                                   uint32_t *ret_n);

/* First type of that kind (0 = any) and tag. Index, or 0 when there is none. */
uint32_t st_desc_type(const struct st_desc *d, uint32_t kind, const char *name);

/* Last entry whose address is at most `addr`, or NULL. */
const struct lu_global *st_desc_global_at(const struct st_desc *d, uint64_t addr);
const struct lu_literal *st_desc_literal_at(const struct st_desc *d, uint64_t addr);
/* Exact matches, or NULL. */
const struct lu_func *st_desc_func_at(const struct st_desc *d, uint64_t addr);
const struct lu_site *st_desc_site_at(const struct st_desc *d, uint64_t cell);

/* How many annotations (LU_IXFER, LU_TAG, ...) it carries, on globals, members and types. */
uint32_t st_desc_annotations(const struct st_desc *d);

/* Type as C writes it: "int", "struct foo *", "char [3]", "int (*)(void)".  Cuts at
 * `size`, always NUL-terminated.  Returns buf. */
const char *st_type_print(const struct st_desc *d, uint32_t type, char *buf, size_t size);

/* Appends the access path from an object of `type` to the part of type `to` at byte
 * `offset`: ".u[3].x"; to the innermost part if `to` is ST_PATH_LEAF, to the object
 * itself if it is 0 and offset is 0.  An offset inside a scalar gives "+n". */
#define ST_PATH_LEAF (~0u)
const char *st_type_path(const struct st_desc *d, uint32_t type, uint64_t offset, uint32_t to,
                         char *buf, size_t size);

/* Static address -> "my_s.u[3].x", "file.c:counter", "function()", "\"literal\"".
 * -LU_ENOENT if the description knows nothing there (buf = hexadecimal address). */
int st_desc_path(const struct st_desc *d, uint64_t addr, char *buf, size_t size);
