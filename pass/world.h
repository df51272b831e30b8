/* SPDX-License-Identifier: MIT
 *
 * All records of a description, or of all units of a link, in plain arrays with
 * one numbering: types by index in `types` (0 = void), members and enumerators
 * by index, strings by offset in `strings`.
 */
#pragma once

#include "strtab.h"
#include "tu-format.h"

struct world {
    struct strtab strings;
    char component[LU_NAME_MAX];
    uint32_t transfer_lines;
    struct lu_type *types;
    struct lu_member *members;
    struct lu_enumerator *enums;
    struct lu_global *globals;
    struct lu_func *funcs;
    struct lu_literal *literals;
    struct lu_site *sites;
    struct lu_invariant *invariants;
    uint8_t *code;
    struct lu_tu_note *notes; /* of units only */
    uint64_t *notes_cell;     /* per note: cell address of its site */
    uint32_t n_types, n_members, n_enums, n_globals, n_funcs, n_literals, n_sites, n_notes;
    uint32_t n_invariants, n_code;
};

void world_init(struct world *w);
void world_free(struct world *w);

/* Adds the blob at `data`, which is checked first; `magic` is LU_DESC_MAGIC or
 * LU_TU_MAGIC.  Returns 0 or -EINVAL and prints what is wrong. */
int world_add(struct world *w, const char *path, const void *data, size_t size, uint64_t magic);

/* Makes the strings take as little room as they can; none can be added any more. */
void world_pack_strings(struct world *w);

/* The blob of all tables, LU_DESC_MAGIC; free() it. */
void *world_blob(const struct world *w, size_t *ret_size);
