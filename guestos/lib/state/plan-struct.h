/* SPDX-License-Identifier: MIT
 *
 * Between plan-struct.c and plan-union.c: a structure pair that is being compiled.
 */
#pragma once

#include "plan-core.h"

/* A member as the outer structure sees it. */
struct flat {
    const struct lu_member *m;
    const char *name;
    uint64_t bit_offset;
    uint32_t flags; /* LU_A_*, of the member, its type and the nameless structures around it */
};

struct flat_list {
    struct flat *items;
    uint32_t n, cap;
};

struct work {
    struct st_plan *p;
    uint32_t pair;
    char owner[256]; /* old tag, or the path of what has none: in rules */
    struct flat_list old, new;
    bool same; /* so far the layouts are the same */
};

struct plan_op *op_add(struct work *w, enum op_kind kind, const struct flat *a,
                       const struct flat *b);
uint32_t size_of_old(const struct work *w, const struct flat *a);
/* New member that an old member of a structure or union becomes, by name; a nameless one by
 * the names in it. */
bool members_match(const struct st_plan *p, const char *owner, const struct lu_member *a,
                   const struct lu_member *b);

/* plan-length.c: LU_LEN of a member that becomes another one by `op`. */
void plan_length(struct work *w, struct plan_op *op, const struct flat *a, const struct flat *b);

/* plan-union.c: a union member whose tag is known.  False if nothing says which of its
 * members is in use. */
bool union_tagged(struct work *w, const struct flat *a, const struct flat *b);
