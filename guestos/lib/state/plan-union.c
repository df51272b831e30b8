/* SPDX-License-Identifier: MIT
 *
 * Compiles unions whose member in use is told by a tag.  The old version's
 * annotation counts; where it has none, the new version's does: it may have been
 * written for this update.
 */
#include "desc-tag.h"
#include "plan-struct.h"
#include "text.h"

#include <stdlib.h>

struct tagging {
    const struct flat *tag; /* old member */
    const struct lu_type *type;
    bool by_new;
};

static int fail_at(struct work *w, const struct flat *a, const char *what, const char *name)
{
    char path[ST_PATH_MAX];

    plan_path(w->p, w->pair, path, sizeof(path));
    st_text_add(path, sizeof(path), "%s%s", *a->name ? "." : "", a->name);
    return plan_fail(w->p, -LU_EMISMATCH, path, what, name);
}

/* The old member that is the tag: of that name, or that gets it in the new version. */
static const struct flat *tag_member(const struct work *w, const char *text, bool by_new)
{
    for (uint32_t i = 0; i < w->old.n; i++) {
        const struct flat *f = &w->old.items[i];
        const struct lu_type *t = &w->p->old->types[f->m->type];
        const char *name =
            by_new ? plan_renamed(w->p, ST_RULE_RENAME_MEMBER, w->owner, f->name) : f->name;

        if (strcmp(name, text) == 0)
            return plan_is_integer(t) && t->size <= 8 ? f : NULL;
    }
    return NULL;
}

/* 1: found, 0: untagged, or an error. */
static int tagging_find(struct work *w, const struct flat *a, const struct flat *b,
                        struct tagging *ret)
{
    bool by_new = false;
    char name[128];

    if (!desc_tag_name(w->p->old, a->m, name, sizeof(name))) {
        by_new = true;
        if (!desc_tag_name(w->p->new, b->m, name, sizeof(name)))
            return 0;
    }
    ret->tag = tag_member(w, name, by_new);
    ret->by_new = by_new;
    if (ret->tag) {
        ret->type = &w->p->old->types[ret->tag->m->type];
        return 1;
    }
    /* A union type that says its tag may be used where there is none. */
    return (by_new ? b : a)->m->flags & LU_A_TAG
               ? fail_at(w, a, "its tag '%s' is no integer of the old version's", name)
               : 0;
}

/* What the new version's "kind=VALUE" says in numbers of the old one. */
static bool value_parse(const struct st_plan *p, const struct tagging *t, const char *text,
                        int64_t *ret)
{
    char *end;

    *ret = strtoll(text, &end, 0);
    if (end != text && !*end)
        return true;
    for (uint32_t i = 0; t->type->kind == LU_T_ENUM && i < t->type->count; i++) {
        const struct lu_enumerator *e = &p->old->enums[t->type->first + i];

        if (strcmp(plan_enumerator_renamed(p, t->type, plan_old_name(p, e->name)), text) != 0)
            continue;
        *ret = e->value;
        return true;
    }
    return false;
}

/* Counterpart of the i-th old member; its index in the new union, or -1. */
static int variant_find(const struct work *w, const struct lu_type *ua, const struct lu_type *ub,
                        uint32_t i)
{
    const struct st_plan *p = w->p;
    const char *tag = plan_old_name(p, ua->name);

    for (uint32_t k = 0; k < ub->count; k++)
        if (members_match(p, *tag ? tag : w->owner, &p->old->members[ua->first + i],
                          &p->new->members[ub->first + k]))
            return (int)k;
    return -1;
}

/* Value that selects the i-th old member, by the new version's annotation of its counterpart
 * (the k-th): 1, 0 if nothing says it, or an error. */
static int value_by_new(struct work *w, const struct flat *a, const struct tagging *t, uint32_t i,
                        const struct lu_member *vb, uint32_t k, int64_t *ret)
{
    const char *aux = vb && (vb->flags & LU_A_TAG) ? plan_new_name(w->p, vb->aux) : "";
    const char *text = strchr(aux, '=');

    if (text && !value_parse(w->p, t, text + 1, ret))
        return fail_at(w, a, "its tag is never '%s' in the old version", text + 1);
    if (text)
        return 1;
    *ret = i;
    return vb && i == k; /* by order, if that is the same */
}

static int variant_value(struct work *w, const struct flat *a, const struct tagging *t, uint32_t i,
                         const struct lu_member *va, const struct lu_member *vb, uint32_t k,
                         int64_t *ret)
{
    if (t->by_new)
        return value_by_new(w, a, t, i, vb, k, ret);
    if (desc_tag_value(w->p->old, va, t->type, i, ret))
        return 1;
    return fail_at(w, a, "'%s' is no value of its tag", plan_old_name(w->p, va->aux));
}

static bool value_taken(const struct st_plan *p, uint32_t first, int64_t value)
{
    for (uint32_t i = first; i < p->n_ops; i++)
        if (p->ops[i].value == value)
            return true;
    return false;
}

static void variant_add(struct work *w, const struct flat *a, const struct flat *b,
                        const struct tagging *t, uint32_t i, uint32_t first)
{
    struct st_plan *p = w->p;
    const struct lu_type *ua = &p->old->types[a->m->type], *ub = &p->new->types[b->m->type];
    const struct lu_member *va = &p->old->members[ua->first + i], *vb = NULL;
    int k = variant_find(w, ua, ub, i);
    struct plan_op *op;
    uint32_t flags, pair = 0;
    int64_t value;

    if (k >= 0)
        vb = &p->new->members[ub->first + (uint32_t)k];
    if (variant_value(w, a, t, i, va, vb, (uint32_t)k, &value) <= 0)
        return;
    if (value_taken(p, first, value)) {
        fail_at(w, a, "one value of its tag selects two members: '%s' too",
                plan_old_name(p, va->name));
        return;
    }
    flags = va->flags | (vb ? vb->flags : 0);
    if (vb && !(flags & (LU_A_IXFER | LU_A_NOXFER)))
        pair = plan_pair_get(
            p, va->type, vb->type,
            plan_mode(p, va->type, vb->type, flags, (enum pair_mode)p->pairs[w->pair].mode),
            LINK_MEMBER, w->pair, (uint32_t)(va - p->old->members));
    op = op_add(w, OP_VARIANT, a, b);
    if (!op)
        return;
    op->pair = pair; /* 0: no counterpart */
    op->value = value;
    op->member = (uint32_t)(va - p->old->members);
    op->len = (uint32_t)p->old->types[va->type].size;
    op->n = vb ? (uint32_t)p->new->types[vb->type].size : 0;
    if (vb && (flags & LU_A_IXFER))
        op->flags |= OP_RAW;
    if (flags & LU_A_NOXFER)
        op->flags |= OP_SKIP;
    if (!vb && plan_rule_member(p, ST_RULE_DROP,
                                *plan_old_name(p, ua->name) ? plan_old_name(p, ua->name) : w->owner,
                                plan_old_name(p, va->name)) >= 0)
        op->flags |= OP_MAY_LOSE;
    w->same &= !(op->flags & OP_SKIP);
}

bool union_tagged(struct work *w, const struct flat *a, const struct flat *b)
{
    struct st_plan *p = w->p;
    const struct lu_type *ua = &p->old->types[a->m->type], *ub = &p->new->types[b->m->type];
    struct tagging t;
    struct plan_op *op;
    uint32_t at = p->n_ops;
    int r;

    if (ua->kind != LU_T_UNION || ub->kind != LU_T_UNION)
        return false;
    r = tagging_find(w, a, b, &t);
    if (r <= 0)
        return r < 0;
    op = op_add(w, OP_TAGGED, a, b);
    if (!op)
        return true;
    plan_bits_of(p->old, t.tag->m, t.tag->bit_offset, &op->old, &op->tag_off);
    op->len = size_of_old(w, a);
    op->first = at + 1;
    for (uint32_t i = 0; i < ua->count && !p->error; i++)
        variant_add(w, a, b, &t, i, at + 1);
    p->ops[at].n = p->n_ops - at - 1;
    w->same &= a->bit_offset == b->bit_offset && ua->size == ub->size && p->ops[at].n == ua->count;
    return true;
}
