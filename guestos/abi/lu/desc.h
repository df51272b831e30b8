/* SPDX-License-Identifier: MIT
 *
 * State descriptions: what the pass and the link step write about one component
 * and the state engine reads.  One read-only blob in the non-loaded ELF section
 * LU_DESC_SECTION.  Tables of fixed-size records addressed by index; names are
 * byte offsets into the string table (offset 0 is the empty string).  A reader
 * treats the blob as hostile and checks every index (lib/state desc.c).
 */
#pragma once

#include <lu/types.h>

#define LU_DESC_SECTION ".lu.state"
#define LU_DESC_MAGIC 0x4c55444553433031ull
#define LU_DESC_VERSION 3u /* 3: invariants; 2: transfer_lines, lu_func.code */

struct lu_desc_table {
    uint32_t offset; /* bytes from the start of the blob, multiple of 8 */
    uint32_t count;  /* records (strings: bytes) */
};

struct lu_desc {
    uint64_t magic;
    uint32_t version;
    uint32_t size; /* of the whole blob */
    char component[LU_NAME_MAX];
    struct lu_desc_table types;    /* struct lu_type; index 0 is void */
    struct lu_desc_table members;  /* struct lu_member */
    struct lu_desc_table enums;    /* struct lu_enumerator */
    struct lu_desc_table globals;  /* struct lu_global, sorted by address */
    struct lu_desc_table funcs;    /* struct lu_func, sorted by address */
    struct lu_desc_table literals; /* struct lu_literal, sorted by address */
    struct lu_desc_table sites;    /* struct lu_site, sorted by cell address */
    struct lu_desc_table strings;
    struct lu_desc_table invariants; /* struct lu_invariant, as declared */
    struct lu_desc_table code;       /* bytes: compiled invariants */
    /* Source lines written for state transfer alone: of functions that take a struct st_xfer or
     * st_object, of those in lu_transfer_handlers, and of local functions that only such ones
     * use, each from the line of its name to the last that code came from; and the elements of
     * lu_transfer_handlers and of local tables that only such functions use. */
    uint32_t transfer_lines, pad;
};

enum lu_type_kind {
    LU_T_VOID = 0,
    LU_T_BOOL,
    LU_T_INT, /* signed */
    LU_T_UINT,
    LU_T_CHAR, /* 1-byte character type of the language: text or bytes */
    LU_T_FLOAT,
    LU_T_ENUM,   /* first/count: lu_enumerator; ref: underlying integer type */
    LU_T_PTR,    /* ref: pointee (0 = void) */
    LU_T_ARRAY,  /* ref: element; count: elements, 0 = flexible */
    LU_T_STRUCT, /* first/count: lu_member */
    LU_T_UNION,  /* first/count: lu_member */
    LU_T_FUNC,   /* ref: return type; first/count: lu_member, offset 0, one per parameter */
    LU_T_OPAQUE, /* declared only, or not expressible: size 0 */
};

/* Annotation flags of members, globals and types (LU_IXFER etc. of
 * lib/include/lu/annotate.h, carried by btf_decl_tag "lu:..."). */
#define LU_A_IXFER 1u    /* copy bit for bit, whatever is in it */
#define LU_A_PXFER 2u    /* an integer that may hold a pointer: relocate */
#define LU_A_NOXFER 4u   /* do not transfer: the new version's initial value stays */
#define LU_A_SXFER 8u    /* transfer as plain data, pointers inside are not followed */
#define LU_A_TAG 16u     /* union: aux = string "member" that selects; see lu_member.aux */
#define LU_A_LEN 32u     /* pointer: aux = string "member" that holds the number of elements */
#define LU_A_CONST 256u  /* global: in read-only memory */
#define LU_A_STATIC 512u /* global or function: internal linkage; `scope` disambiguates */
#define LU_A_VARIADIC 1024u
#define LU_A_TAIL 2048u  /* site: object of the type, then untyped bytes up to the size */
#define LU_A_ARRAY 4096u /* site: as many elements of the type as fit the size */

struct lu_type {
    uint32_t name; /* tag or basic name ("int", "tcp_pcb"); 0 = anonymous */
    uint16_t kind; /* enum lu_type_kind */
    uint16_t align;
    uint32_t flags; /* LU_A_* */
    uint32_t ref, first, count;
    uint64_t size; /* bytes */
};
_Static_assert(sizeof(struct lu_type) == 32, "lu_type is ABI");

struct lu_member {
    uint32_t name;
    uint32_t type;
    uint64_t bit_offset; /* from the start of the structure */
    uint32_t bit_size;   /* bit-field width, 0 = a whole member */
    uint32_t flags;      /* LU_A_* */
    uint32_t aux;        /* string: argument of LU_A_TAG ("kind" or "kind=VALUE"), LU_A_LEN */
    uint32_t pad;
};
_Static_assert(sizeof(struct lu_member) == 32, "lu_member is ABI");

struct lu_enumerator {
    uint32_t name, pad;
    int64_t value;
};

struct lu_global {
    uint64_t addr, size;
    uint32_t name;
    uint32_t scope; /* "file.c" or "file.c:function" for statics, else 0 */
    uint32_t type;
    uint32_t flags; /* LU_A_* */
};

struct lu_func {
    uint64_t addr;
    uint32_t name, scope;
    uint32_t type, flags;
    uint64_t code; /* hash of what it does, the local functions that it calls included;
                      comparable between builds by one compiler; 0 = not known */
};

struct lu_literal { /* string literal or other unnamed constant */
    uint64_t addr;
    uint32_t size, type;
    uint64_t hash; /* FNV-1a 64 of the bytes */
};

struct lu_site {
    uint64_t cell;    /* address of its struct lu_site_cell */
    uint32_t func;    /* string: function that allocates */
    uint32_t callee;  /* string: what it calls ("malloc", "memp_malloc") */
    uint32_t type;    /* 0 = untyped */
    uint32_t flags;   /* LU_A_TAIL, LU_A_ARRAY */
    uint32_t ordinal; /* n-th site of that function */
    uint32_t line;
};

/* LU_INVARIANT of lib/include/lu/annotate.h: a condition on the component's globals that
 * holds whenever it stands at its update point.  `text` is in the language of state
 * filters (lib/state, st/filter.h); `code` is its bytecode, for the addresses of this
 * image.  A change of the bytecode is a change of LU_DESC_VERSION. */
struct lu_invariant {
    uint32_t name, text;     /* strings */
    uint32_t place;          /* string: "file.c:line" */
    uint32_t code, code_len; /* bytes from `code` of the table code */
    uint32_t pad;
};
_Static_assert(sizeof(struct lu_invariant) == 24, "lu_invariant is ABI");
