/* SPDX-License-Identifier: MIT
 *
 * What the pass leaves in one object file for the link step: section
 * LU_TU_SECTION holds one blob per translation unit, 8-byte aligned, laid out as
 * struct lu_desc (lu/desc.h) but with LU_TU_MAGIC, addresses as 64-bit
 * relocations, and the differences named here.  lucc takes SHF_ALLOC
 * off the section, so that it keeps no code or data alive at link time.
 * Shared by the pass (C++) and lu-desc (C).
 */
#ifndef LU_TU_FORMAT_H
#define LU_TU_FORMAT_H

#include <lu/desc.h>

#define LU_TU_SECTION ".lu_tu"
#define LU_CELL_SECTION ".lu.cells"
#define LU_TU_MAGIC 0x3155542d4144554cull

/* What LU_INVARIANT leaves: three strings each, name, text and "PATH:line".  A unit's
 * blob has neither invariants nor code. */
#define LU_INVARIANT_SECTION ".lu.invariants"

/* Scopes and the functions of sites are written as "PATH" or "PATH:function",
 * PATH as it was given to the compiler; the link step shortens it. */

/* Flags that exist in a unit's blob only. */
#define LU_TU_WEAK (1u << 31) /* global, function: may be overridden by another unit's */
#define LU_TU_DEFERRED                                                                             \
    (1u << 30) /* site: `type` is the index of an lu_global of this blob that                      \
                  has LU_TU_DEFERRED too: the site's result is stored in the                       \
                  extern variable that lies there, `type` of which is the                          \
                  byte offset in it, `size` + n * `scope`                                          \
                  the bytes asked for */

#define LU_TU_TAKEN (1u << 29)    /* function: this unit takes its address */
#define LU_TU_DECLARED (1u << 28) /* function: another unit defines it; only with LU_TU_TAKEN */

/* Header of a unit's blob. */
struct lu_tu {
    struct lu_desc desc;
    struct lu_desc_table notes; /* struct lu_tu_note */
};

/* For the report of allocation sites. */
struct lu_tu_note {
    uint32_t site; /* index, or ~0: an allocator's address is taken */
    uint32_t file, line, func, callee;
    uint32_t reason; /* why there is no type; "" = there is one */
    uint32_t flags;  /* LU_TU_NOTE_* */
    uint32_t pad;
};
#define LU_TU_NOTE_STRICT 1u  /* an untyped site is an error */
#define LU_TU_NOTE_WRAPPER 2u /* what is allocated here is typed by the wrapper's callers */

/* Address of a symbol that the linker threw away. */
#define LU_TU_DEAD (~0ull)

#endif
