/* SPDX-License-Identifier: MIT
 *
 * LU_LEN: which member counts the elements of another, and what they become.
 */
#include "plan-struct.h"

static const struct flat *flat_named(const struct flat_list *list, const char *name)
{
    for (uint32_t i = 0; i < list->n; i++)
        if (*name && strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    return NULL;
}

/* The old member that becomes this new one. */
static const struct flat *flat_before(const struct work *w, const struct flat *b)
{
    for (uint32_t i = 0; b && i < w->old.n; i++)
        if (members_match(w->p, w->owner, w->old.items[i].m, b->m))
            return &w->old.items[i];
    return NULL;
}

/* The old member that counts elements: the old version says, or else the new one. */
static const struct flat *count_of(const struct work *w, const struct flat *a, const struct flat *b)
{
    const struct flat *n = NULL;
    const struct lu_type *t;

    if (a->m->flags & LU_A_LEN)
        n = flat_named(&w->old, plan_old_name(w->p, a->m->aux));
    else if (b->m->flags & LU_A_LEN)
        n = flat_before(w, flat_named(&w->new, plan_new_name(w->p, b->m->aux)));
    t = n ? &w->p->old->types[n->m->type] : NULL;
    return t && plan_is_integer(t) && t->size <= 8 ? n : NULL;
}

/* How the elements behind a pointer are converted; 0: they are bytes to us. */
static uint32_t element_pair(struct work *w, const struct lu_type *a, const struct lu_type *b,
                             uint32_t pointer)
{
    const struct lu_type *from = &w->p->old->types[a->ref], *to = &w->p->new->types[b->ref];

    if (a->kind != LU_T_PTR || b->kind != LU_T_PTR || !from->size || !to->size)
        return 0;
    return plan_pair_get(w->p, a->ref, b->ref, plan_mode(w->p, a->ref, b->ref, 0, MODE_NORMAL),
                         LINK_POINTEE, pointer, 0);
}

void plan_length(struct work *w, struct plan_op *op, const struct flat *a, const struct flat *b)
{
    const struct lu_type *ta = &w->p->old->types[a->m->type], *tb = &w->p->new->types[b->m->type];
    const struct flat *n = count_of(w, a, b);

    if (!n || w->p->error || w->p->pairs[w->pair].kind != PAIR_STRUCT ||
        w->p->pairs[op->pair].mode == MODE_PLAIN ||
        !(ta->kind == LU_T_PTR || (ta->kind == LU_T_ARRAY && !ta->count)))
        return;
    plan_bits_of(w->p->old, n->m, n->bit_offset, &op->old, &op->tag_off);
    op->flags |= OP_LENGTH;
    op->first = element_pair(w, ta, tb, op->pair);
}
