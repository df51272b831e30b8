/* SPDX-License-Identifier: MIT
 *
 * The heap under audit: its tables are read once, checked, and kept.
 */
#include "audit-core.h"

static int no_memory(struct st_audit *a)
{
    return st_err_set(a->err, -LU_ENOMEM, NULL, "no memory for the audit");
}

static int keep_live(struct st_audit *a, const struct heap_view_span *v, uint32_t *ret_first)
{
    *ret_first = a->n_live;
    for (uint32_t word = 0; word * 64 < v->n_objs; word++) {
        uint64_t *grown = st_mem_grow(a->mem, a->live, a->n_live, &a->cap_live, sizeof(*a->live));

        if (!grown)
            return no_memory(a);
        a->live = grown;
        a->live[a->n_live++] = heap_view_live(v, word);
    }
    return 0;
}

static int span_add(struct st_audit *a, const struct heap_view_span *v)
{
    struct audit_span *s;
    int r = heap_view_check_units(&a->heap, v, a->err);

    if (r < 0)
        return r;
    s = st_mem_grow(a->mem, a->spans, a->n_spans, &a->cap_spans, sizeof(*s));
    if (!s)
        return no_memory(a);
    a->spans = s;
    s = &a->spans[a->n_spans];
    *s = (struct audit_span){.v = *v, .size = heap_view_size(v)};
    s->site = v->site ? st_desc_site_at(a->d, v->site) : NULL;
    if (v->site && !s->site)
        return st_err_set(a->err, -LU_EFORMAT, NULL,
                          "heap span at %#llx names an allocation site that is not described",
                          (unsigned long long)v->addr);
    if (s->site && (!s->site->type || !a->d->types[s->site->type].size ||
                    a->d->types[s->site->type].size > s->size))
        s->site = NULL; /* untyped, or only a header of it was asked for */
    r = keep_live(a, v, &s->live);
    if (r < 0)
        return r;
    a->n_spans++;
    for (uint32_t i = 0; i < v->n_units; i++)
        a->span_of_unit[v->unit + i] = a->n_spans;
    return 0;
}

int audit_heap_open(struct st_audit *a)
{
    struct heap_view_span v;
    uint32_t unit = 0;
    int r = heap_view_open(&a->heap, a->view, a->err);

    if (r < 0)
        return r;
    a->span_of_unit = st_mem_array(a->mem, a->heap.header.n_units, sizeof(uint32_t));
    if (!a->span_of_unit)
        return no_memory(a);
    while ((r = heap_view_next(&a->heap, &unit, &v, a->err)) > 0) {
        r = span_add(a, &v);
        if (r < 0)
            break;
    }
    return r;
}

void audit_heap_close(struct st_audit *a)
{
    st_mem_free_array(a->mem, a->span_of_unit, a->heap.header.n_units, sizeof(uint32_t));
    st_mem_free_array(a->mem, a->spans, a->cap_spans, sizeof(*a->spans));
    st_mem_free_array(a->mem, a->live, a->cap_live, sizeof(*a->live));
}

bool audit_heap_live(const struct st_audit *a, const struct audit_span *s, uint32_t index)
{
    return index < s->v.n_objs && (a->live[s->live + index / 64] >> index % 64 & 1);
}

const struct audit_span *audit_heap_at(const struct st_audit *a, uint64_t addr, uint32_t *ret_index)
{
    uint64_t unit = (addr - a->heap.base) / LU_HEAP_UNIT;
    const struct audit_span *s;

    if (addr < a->heap.base || unit >= a->heap.header.n_units || !a->span_of_unit[unit])
        return NULL;
    s = &a->spans[a->span_of_unit[unit] - 1];
    *ret_index = (uint32_t)((addr - s->v.addr) / s->v.stride);
    return s;
}
