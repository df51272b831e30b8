/* SPDX-License-Identifier: MIT
 *
 * Audit of an image: walks every writable global and every live heap object by
 * its type.  Objects are read whole (up to a bound, then element by element), so
 * the walk itself touches only our copy.
 */
#include "audit-core.h"
#include "mem.h"
#include "text.h"

#include <st/audit.h>

#define CHUNK 65536u

static int image_fault(struct st_audit *a, uint64_t addr)
{
    return st_err_set(a->err, -LU_EFAULT, a->name, "%#llx is not readable",
                      (unsigned long long)addr);
}

/* Audits `count` consecutive objects of a type at `addr`. */
static int audit_objects(struct st_audit *a, uint32_t type, uint64_t addr, uint64_t count)
{
    const struct lu_type *t = &a->d->types[type];
    uint64_t per_chunk;

    if (t->size == 0 || !audit_interesting(a, type))
        return 0;
    per_chunk = t->size < CHUNK ? CHUNK / t->size : 1;
    a->first = addr;
    for (uint64_t done = 0; done < count; done += per_chunk) {
        uint64_t n = count - done < per_chunk ? count - done : per_chunk;
        uint64_t at = addr + done * t->size;

        if (n * t->size > a->buf_size || a->view->read(a->view->ctx, at, a->buf, n * t->size) < 0)
            return image_fault(a, at);
        for (uint64_t i = 0; i < n; i++) {
            int ret = audit_value(a, type, a->buf + i * t->size, at + i * t->size);

            if (ret < 0)
                return ret;
        }
    }
    return 0;
}

static int audit_globals(struct st_audit *a)
{
    const struct st_desc *d = a->d;

    for (uint32_t i = 0; i < d->n_globals; i++) {
        const struct lu_global *g = &d->globals[i];
        int ret;

        if (g->flags & (LU_A_CONST | LU_A_NOXFER | LU_A_IXFER | LU_A_SXFER))
            continue;
        a->stats.globals++;
        a->stats.bytes += g->size;
        a->name[0] = '\0';
        st_text_add(a->name, sizeof(a->name), "%s", st_desc_string(d, g->name));
        a->root_type = g->type;
        a->root_flags = g->flags;
        ret = audit_objects(a, g->type, g->addr, 1);
        if (ret < 0)
            return ret;
    }
    return 0;
}

static int audit_heap_object(struct st_audit *a, const struct heap_view_span *span, uint64_t addr,
                             const struct lu_site *site)
{
    uint64_t bytes = heap_view_size(span), size;

    a->stats.objects++;
    a->stats.bytes += bytes;
    if (!site || site->type == 0)
        return 0;
    size = a->d->types[site->type].size;
    if (size == 0 || size > bytes)
        return 0; /* shorter than its type: only a header was asked for */
    a->name[0] = '\0';
    st_text_add(a->name, sizeof(a->name), "heap(%s)@%#llx", st_desc_string(a->d, site->func),
                (unsigned long long)addr);
    a->root_type = site->type;
    a->root_flags = 0;
    return audit_objects(a, site->type, addr, site->flags & LU_A_ARRAY ? bytes / size : 1);
}

static int audit_span(struct st_audit *a, const struct heap_view_span *span)
{
    const struct lu_site *site = span->site ? st_desc_site_at(a->d, span->site) : NULL;

    if (span->site && !site)
        return st_err_set(a->err, -LU_EFORMAT, NULL,
                          "heap span at %#llx names an allocation site that is not described",
                          (unsigned long long)span->addr);
    for (uint32_t word = 0; word * 64 < span->n_objs; word++) {
        uint64_t live;
        int ret = heap_view_live(&a->heap, span, word, &live, a->err);

        while (ret == 0 && live) {
            uint32_t i = word * 64 + (uint32_t)__builtin_ctzll(live);

            live &= live - 1;
            ret = audit_heap_object(a, span, span->addr + (uint64_t)i * span->stride, site);
        }
        if (ret < 0)
            return ret;
    }
    return 0;
}

static int audit_heap(struct st_audit *a)
{
    uint32_t page = 0;

    while (page < a->heap.header.n_pages) {
        struct heap_view_span span;
        int ret = heap_view_span(&a->heap, page, &span, a->err);

        if (ret > 0) {
            ret = audit_span(a, &span);
            page = span.page + span.n_pages;
        } else {
            page++;
        }
        if (ret < 0)
            return ret;
    }
    return 0;
}

static uint64_t largest_type(const struct st_desc *d)
{
    uint64_t largest = CHUNK;

    for (uint32_t i = 0; i < d->n_globals; i++)
        if (d->types[d->globals[i].type].size > largest)
            largest = d->types[d->globals[i].type].size;
    for (uint32_t i = 0; i < d->n_sites; i++)
        if (d->types[d->sites[i].type].size > largest)
            largest = d->types[d->sites[i].type].size;
    return largest;
}

int st_audit(const struct st_desc *d, const struct st_view *view, const struct st_mem *mem,
             struct st_audit_stats *ret_stats, struct st_err *err)
{
    struct st_audit a = {.d = d, .view = view, .err = err};
    int ret = heap_view_open(&a.heap, view, err);

    if (ret < 0)
        return ret;
    a.buf_size = largest_type(d);
    a.buf = mem->alloc(mem->ctx, a.buf_size);
    if (!a.buf)
        return st_err_set(err, -LU_ENOMEM, NULL, "no memory for the audit");
    ret = audit_globals(&a);
    if (ret == 0)
        ret = audit_heap(&a);
    mem->free(mem->ctx, a.buf, a.buf_size);
    if (ret == 0 && ret_stats)
        *ret_stats = a.stats;
    return ret;
}
