/* SPDX-License-Identifier: MIT
 *
 * The plan's inside.  A pair says how an object of an old type becomes one of a
 * new type; it is compiled once per (old type, new type, mode) into operations on
 * offsets.  Pairs by value form a tree (types do not contain themselves); pairs
 * reached through pointers are compiled too, so that mismatches show early.
 */
#pragma once

#include "mem.h"

#include <st/plan.h>
#include <st/transfer.h>

/* How pointers and integers of a pair are understood. */
enum pair_mode {
    MODE_NORMAL = 0,
    MODE_PLAIN,   /* SXFER: pointers are numbers */
    MODE_POINTER, /* PXFER: integers may be pointers */
};

enum pair_kind {
    PAIR_NONE = 0, /* nothing to do: void, functions, types of size 0 */
    PAIR_SCALAR,   /* number to number; see the two types */
    PAIR_ENUM,     /* by enumerator's name */
    PAIR_PTR,      /* pointer, or integer that may hold one, at either side */
    PAIR_ARRAY,    /* at either side; a single object counts as an array of one */
    PAIR_STRUCT,
    PAIR_UNION,   /* untagged: by bits if its shape is the same */
    PAIR_BITS,    /* bit for bit: IXFER */
    PAIR_HANDLED, /* a transfer handler does it all */
    PAIR_BAD,
};

#define PAIR_COPY 1u     /* same layout, nothing to follow: bytes may be copied */
#define PAIR_SHAPE 2u    /* same layout if pointers are taken as numbers */
#define PAIR_TRACE 4u    /* holds something to follow */
#define PAIR_FLEXIBLE 8u /* ends in a flexible array, by value: the object's size counts */
#define PAIR_VISITED 16u /* compiled */
#define PAIR_ALLPTR 32u  /* union of nothing but pointers: one void pointer */
#define PAIR_RESIZED 64u /* union of another size: its surroundings have another layout */

enum pair_link { LINK_ROOT = 0, LINK_MEMBER, LINK_ELEMENT, LINK_POINTEE, LINK_SITE };

struct plan_pair {
    uint32_t old_type, new_type;
    uint8_t kind, flags, mode, link;
    uint32_t parent;                  /* pair, or global index for LINK_ROOT: for error paths */
    uint32_t parent_member;           /* old member, for LINK_MEMBER */
    uint32_t first_op, n_ops;         /* structures, unions */
    uint32_t inner;                   /* array: element pair; pointer: pointee pair or 0 */
    uint32_t chain;                   /* hash chain */
    const struct st_handler *handler; /* of the new type */
};

enum op_kind {
    OP_PAIR = 1, /* old_off -> new_off by `pair` */
    OP_COPY,     /* len bytes */
    OP_BITS,     /* bit-field at either side, of the types in `pair` */
    OP_DROP,     /* len bytes (or a bit-field) at old_off have no counterpart */
    OP_VALUE,    /* new member gets `value` */
    OP_TAGGED,   /* union: variants are the n ops from `first` on, tag described by `old` */
    OP_VARIANT,  /* of a tagged union: `value` selects, then as OP_PAIR */
    OP_KEEP,     /* len bytes are not transferred, but pointers may lead to them */
};
#define OP_MAY_LOSE 1u /* a rule allows what would be a loss */
#define OP_RAW 2u      /* OP_VARIANT: bit for bit (IXFER) */
#define OP_SKIP 4u     /* OP_VARIANT: not transferred (NOXFER) */
#define OP_LENGTH 8u   /* OP_PAIR: LU_LEN counts elements; `old` at tag_off, `first` their pair */

struct plan_bits {
    uint32_t shift, width; /* width 0: a whole integer of `size` bytes */
    uint8_t size, is_signed, is_bool;
};

struct plan_op {
    uint8_t kind, flags;
    uint32_t old_off, new_off;
    uint32_t pair, len;
    uint32_t first, n;
    uint32_t tag_off;          /* OP_TAGGED, OP_LENGTH: old offset of the tag, of the count */
    struct plan_bits old, new; /* OP_BITS; OP_TAGGED, OP_LENGTH: `old` is the tag, the count */
    uint32_t member;           /* old member (new one for OP_VALUE), for paths */
    int64_t value;
};

enum global_action {
    GLOBAL_XFER = 1, /* by pair */
    GLOBAL_KEEP,     /* new initial value stays; still a target of pointers */
    GLOBAL_DROP,     /* no counterpart: must be zero, or as INITIAL says */
    GLOBAL_LOSE,     /* no counterpart, a rule allows it */
};

struct plan_global {
    uint8_t action, renamed, may_lose;
    uint32_t new_global; /* index + 1, 0 = none */
    uint32_t pair;       /* also for GLOBAL_KEEP, if pointers may land in it */
};

struct plan_site {
    uint64_t new_cell;
    uint32_t new_site; /* index + 1, 0 = none */
    uint32_t pair;     /* 0 = untyped, or the type is gone */
};

struct st_plan {
    const struct st_desc *old, *new;
    struct st_rules rules;
    struct st_mem mem;
    struct plan_pair *pairs; /* [0] unused */
    uint32_t n_pairs, cap_pairs;
    uint32_t *hash; /* heads of chains */
    uint32_t n_hash;
    struct plan_op *ops;
    uint32_t n_ops, cap_ops;
    struct plan_global *globals; /* one per old global */
    uint32_t *new_globals;       /* per new global: old index + 1 */
    uint32_t *funcs;             /* per old function: new index + 1 */
    struct plan_site *sites;     /* one per old site */
    uint32_t *types;             /* per old type: counterpart + 1; ~0 = looking */
    struct plan_value {          /* ST_RULE_VALUE on globals */
        uint32_t new_global;
        int64_t value;
    } *values;
    uint32_t n_values, cap_values;
    bool lenient; /* of a reverse check: what can't be transferred is left out */
    int error;    /* sticky, while pairs are being made; said in *err */
    struct st_err *err;
};

/* st_plan_make; or, lenient, a plan that refuses nothing.  A transfer by it leaves out what
 * it can't convert. */
int plan_make(struct st_plan **ret, const struct st_desc *old_desc, const struct st_desc *new_desc,
              const struct st_rules *rules, bool lenient, const struct st_mem *mem,
              struct st_err *err);

/* The plan's rules turned round (rules-inverse.c), encoded in the plan's memory; free the
 * blob with st_mem_free_array(mem, blob, size, 1).  -LU_ENOMEM, -LU_EINVAL. */
int plan_inverse_rules(const struct st_plan *p, void **ret_blob, size_t *ret_size);

/* Both sides of PAIR_ARRAY. */
struct plan_array {
    uint32_t element;
    uint64_t count, size; /* count 0: flexible; size of an element */
};

static inline struct plan_array plan_array(const struct st_desc *d, uint32_t type)
{
    const struct lu_type *t = &d->types[type];
    bool array = t->kind == LU_T_ARRAY;
    uint32_t element = array ? t->ref : type;

    return (struct plan_array){element, array ? t->count : 1, d->types[element].size};
}

/* --- refusing (plan-refuse.c) --- */
/* Notes an error once; a lenient plan only that memory ran out.  Returns what is noted. */
int plan_fail(struct st_plan *p, int code, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
int plan_no_memory(struct st_plan *p);
/* Path of the objects of pair i, from the global that it was made for. */
void plan_path(const struct st_plan *p, uint32_t i, char *buf, size_t size);
/* The first of n pairs that can't be converted. */
int plan_refuse_bad(const struct st_plan *p, uint32_t n, struct st_err *err);

/* --- names (plan-match.c) --- */
const char *plan_old_name(const struct st_plan *p, uint32_t string);
const char *plan_new_name(const struct st_plan *p, uint32_t string);
/* New name of something by a rename rule, else `name` itself. */
const char *plan_renamed(const struct st_plan *p, uint32_t kind, const char *owner,
                         const char *name);
/* The same for an enumerator of old type `a`. */
const char *plan_enumerator_renamed(const struct st_plan *p, const struct lu_type *a,
                                    const char *name);
/* Is there a rule of that kind for OWNER.name, or for the global?  Index or -1. */
int plan_rule_member(const struct st_plan *p, uint32_t kind, const char *owner, const char *name);
int plan_rule_global(const struct st_plan *p, uint32_t kind, const struct lu_global *g,
                     bool is_new);
/* New site for objects of an old site that become objects of a new type: index + 1, or 0. */
uint32_t plan_site_for(const struct st_plan *p, uint32_t old_site, uint32_t new_type);
/* Counterpart of an old type by name or structure, 0 = none. */
uint32_t plan_type(struct st_plan *p, uint32_t old_type);
int plan_match(struct st_plan *p);
int plan_rules_check(const struct st_plan *p, struct st_err *err);
/* Does an integer of a new type (a bit-field of `width` bits, or 0) hold the value? */
bool plan_value_fits(const struct st_plan *p, const struct lu_type *t, uint32_t width,
                     int64_t value);

/* --- pairs (plan-pair.c) --- */
uint32_t plan_pair_get(struct st_plan *p, uint32_t old_type, uint32_t new_type, enum pair_mode mode,
                       enum pair_link link, uint32_t parent, uint32_t member);
void plan_pairs_compile(struct st_plan *p, uint32_t from);
void plan_pairs_flags(struct st_plan *p);
/* What annotations say: those of the thing itself (`flags`, of both versions), else
 * those of its types, else those of what surrounds it. */
enum pair_mode plan_mode(const struct st_plan *p, uint32_t old_type, uint32_t new_type,
                         uint32_t flags, enum pair_mode outer);
bool plan_is_integer(const struct lu_type *t);
bool plan_is_number(const struct lu_type *t);
/* Pointers to these say nothing about what they point to: nothing, or bytes. */
bool plan_is_vague(const struct lu_type *t);
void plan_bits_of(const struct st_desc *d, const struct lu_member *m, uint64_t bit_offset,
                  struct plan_bits *ret, uint32_t *ret_off);
bool plan_tags_match(const struct st_plan *p, const struct lu_type *a, const struct lu_type *b);

/* --- structures and unions (plan-struct.c) --- */
struct plan_op *plan_op_new(struct st_plan *p);
void plan_struct_compile(struct st_plan *p, uint32_t pair);
void plan_union_compile(struct st_plan *p, uint32_t pair);
