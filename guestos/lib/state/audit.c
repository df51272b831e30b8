/* SPDX-License-Identifier: MIT
 *
 * Audit of an image: walks every writable global and every live heap object by its
 * type, then untyped memory that LU_LEN gives a type, from a list.
 */
#include "audit-core.h"
#include "text.h"

#define FIRST_DONE 64u /* slots of the hash, a power of two */

static int no_memory(struct st_audit *a)
{
    return st_err_set(a->err, -LU_ENOMEM, NULL, "no memory for the audit");
}

/* The window starts with what is wanted, and goes on as far as the object does. */
const uint8_t *audit_bytes(struct st_audit *a, uint64_t addr, uint64_t len)
{
    uint64_t n = a->end > addr ? a->end - addr : 0;

    if (addr >= a->window_addr && addr - a->window_addr <= a->window_len &&
        len <= a->window_len - (addr - a->window_addr))
        return a->window + (addr - a->window_addr);
    n = n < len ? len : n > AUDIT_WINDOW ? AUDIT_WINDOW : n;
    a->window_len = 0;
    if (len > AUDIT_WINDOW || a->view->read(a->view->ctx, addr, a->window, n) < 0) {
        st_err_set(a->err, -LU_EFAULT, a->name, "%#llx is not readable", (unsigned long long)addr);
        return NULL;
    }
    a->window_addr = addr;
    a->window_len = n;
    return a->window;
}

/* Audits `count` elements of a type at `addr`, in an object that ends at `end`. */
static int audit_elements(struct st_audit *a, uint32_t type, uint32_t flags, uint64_t addr,
                          uint64_t count, uint64_t end)
{
    uint64_t size = a->d->types[type].size;
    enum audit_mode mode = audit_mode(a, type, flags, AUDIT_NORMAL);

    a->first = addr;
    a->count = count;
    a->end = end;
    a->root_type = type;
    a->window_len = 0;
    if (!audit_interesting(a, type) && mode != AUDIT_POINTER)
        return 0;
    for (uint64_t i = 0; i < count; i++) {
        int r = audit_value(a, type, mode, addr + i * size);

        if (r < 0)
            return r;
    }
    return 0;
}

/* Would a handler have set it? */
static bool is_handled(const struct st_audit *a, uint32_t kind, const char *name)
{
    const struct st_handler *h = a->without;

    while (h && h->kind && (h->kind != kind || strcmp(h->name, name) != 0))
        h++;
    return h && h->kind;
}

static void leave_handled_types(struct st_audit *a)
{
    for (uint32_t i = 0; a->without && i < a->d->n_types; i++)
        if (is_handled(a, ST_HANDLER_TYPE, st_desc_string(a->d, a->d->types[i].name)))
            a->interesting[i] = 1;
}

static int audit_globals(struct st_audit *a)
{
    const struct st_desc *d = a->d;

    for (uint32_t i = 0; i < d->n_globals; i++) {
        const struct lu_global *g = &d->globals[i];
        const char *scope = st_desc_string(d, g->scope);
        int r;

        if ((g->flags & (LU_A_CONST | LU_A_NOXFER | LU_A_IXFER)) ||
            is_handled(a, ST_HANDLER_GLOBAL, st_desc_string(d, g->name)))
            continue;
        a->stats.globals++;
        a->stats.bytes += g->size;
        a->name[0] = '\0';
        st_text_add(a->name, sizeof(a->name), "%s%s%s", scope, *scope ? ":" : "",
                    st_desc_string(d, g->name));
        r = audit_elements(a, g->type, g->flags, g->addr, 1, g->addr + g->size);
        if (r < 0)
            return r;
    }
    return 0;
}

/* --- heap --- */

static void name_object(struct st_audit *a, const struct audit_span *s, uint64_t addr)
{
    const struct lu_site *site = s->v.site ? st_desc_site_at(a->d, s->v.site) : NULL;

    a->name[0] = '\0';
    st_text_add(a->name, sizeof(a->name), "heap(%s)@%#llx",
                site ? st_desc_string(a->d, site->func) : "", (unsigned long long)addr);
}

static int audit_object(struct st_audit *a, const struct audit_span *s, uint32_t index)
{
    uint64_t addr = s->v.addr + (uint64_t)index * s->v.stride, n = 1;

    a->stats.objects++;
    a->stats.bytes += s->size;
    if (!s->site)
        return 0;
    if (s->site->flags & LU_A_ARRAY)
        n = s->size / a->d->types[s->site->type].size;
    name_object(a, s, addr);
    return audit_elements(a, s->site->type, 0, addr, n, addr + s->size);
}

static int audit_heap(struct st_audit *a)
{
    for (uint32_t k = 0; k < a->n_spans; k++) {
        const struct audit_span *s = &a->spans[k];

        for (uint32_t i = 0; i < s->v.n_objs; i++) {
            int r = audit_heap_live(a, s, i) ? audit_object(a, s, i) : 0;

            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* --- untyped memory --- */

static uint32_t *done_slot(const struct st_audit *a, const struct audit_work *w)
{
    uint64_t h = (w->addr * 0x9e3779b97f4a7c15ull ^ w->type * 0xc2b2ae3d27d4eb4full) >> 20;

    for (uint32_t i = (uint32_t)h & (a->n_done - 1);; i = (i + 1) & (a->n_done - 1)) {
        const struct audit_work *has = a->done[i] ? &a->work[a->done[i] - 1] : NULL;

        if (!has || (has->addr == w->addr && has->type == w->type))
            return &a->done[i];
    }
}

/* At most half of the slots are used. */
static int done_grow(struct st_audit *a)
{
    uint32_t *old = a->done, n = a->n_done;

    if (n && a->n_work < n / 2)
        return 0;
    a->n_done = n ? n * 2 : FIRST_DONE;
    a->done = a->n_done ? st_mem_array(a->mem, a->n_done, sizeof(*a->done)) : NULL;
    if (!a->done) {
        a->done = old;
        a->n_done = n;
        return no_memory(a);
    }
    for (uint32_t i = 0; i < n; i++)
        if (old[i])
            *done_slot(a, &a->work[old[i] - 1]) = old[i];
    st_mem_free_array(a->mem, old, n, sizeof(*old));
    return 0;
}

int audit_later(struct st_audit *a, uint64_t addr, uint32_t type, uint64_t count)
{
    const struct audit_work w = {.addr = addr, .type = type, .count = count};
    struct audit_work *grown;
    uint32_t *slot;
    int r = done_grow(a);

    if (r < 0)
        return r;
    slot = done_slot(a, &w);
    if (*slot && a->work[*slot - 1].count >= count)
        return 0;
    grown = st_mem_grow(a->mem, a->work, a->n_work, &a->cap_work, sizeof(*grown));
    if (!grown)
        return no_memory(a);
    a->work = grown;
    a->work[a->n_work++] = w;
    *slot = a->n_work;
    return 0;
}

static int audit_untyped(struct st_audit *a)
{
    while (a->next_work < a->n_work) {
        const struct audit_work w = a->work[a->next_work++];
        uint64_t size = a->d->types[w.type].size;
        const struct audit_span *s;
        uint32_t index;
        int r;

        s = audit_heap_at(a, w.addr, &index);
        name_object(a, s, w.addr);
        r = audit_elements(a, w.type, 0, w.addr, w.count, w.addr + w.count * size);
        if (r < 0)
            return r;
    }
    return 0;
}

/* --- the whole --- */

static void audit_close(struct st_audit *a)
{
    audit_heap_close(a);
    st_mem_free_array(a->mem, a->interesting, a->d->n_types, 1);
    st_mem_free_array(a->mem, a->window, AUDIT_WINDOW, 1);
    st_mem_free_array(a->mem, a->work, a->cap_work, sizeof(*a->work));
    st_mem_free_array(a->mem, a->done, a->n_done, sizeof(*a->done));
}

int st_audit_without(const struct st_desc *d, const struct st_view *view,
                     const struct st_handler *handlers, const struct st_mem *mem,
                     struct st_audit_stats *ret_stats, struct st_err *err)
{
    struct st_err spare = {0};
    struct st_audit a = {
        .d = d, .view = view, .mem = mem, .err = err ? err : &spare, .without = handlers};
    int r;

    a.interesting = st_mem_array(mem, d->n_types, 1);
    a.window = st_mem_array(mem, AUDIT_WINDOW, 1);
    r = a.interesting && a.window ? audit_heap_open(&a) : no_memory(&a);
    if (r == 0)
        leave_handled_types(&a);
    r = r < 0 ? r : audit_globals(&a);
    r = r < 0 ? r : audit_heap(&a);
    r = r < 0 ? r : audit_untyped(&a);
    audit_close(&a);
    if (r == 0 && ret_stats)
        *ret_stats = a.stats;
    return r;
}

int st_audit(const struct st_desc *d, const struct st_view *view, const struct st_mem *mem,
             struct st_audit_stats *ret_stats, struct st_err *err)
{
    return st_audit_without(d, view, NULL, mem, ret_stats, err);
}
