/* SPDX-License-Identifier: MIT
 *
 * DMA_ALLOC, DMA_FREE, MMIO_MAP, PORT_IN, PORT_OUT.
 *
 * A device may still write to the DMA memory of a driver that died: without an
 * IOMMU nobody can stop it before the next driver resets it.  So those frames
 * wait in limbo until the next generation dies or the slot is given up.
 */
#include "device.h"

#include "call.h"
#include "frame.h"
#include "inspect.h"
#include "usermem.h"

_Static_assert(SLOT_MAX_DMA == LU_INSPECT_DMA && SLOT_MAX_MMIO == LU_INSPECT_MMIO,
               "lu_inspect_windows has an entry for each");

struct place {
    uint64_t va, len;
};

/* Lowest gap of `len` bytes between the `n` places; 0 if there is none. */
static uint64_t find_gap(const struct place *p, unsigned n, uint64_t first, uint64_t end,
                         uint64_t len)
{
    uint64_t va = first;

    for (bool moved = true; moved;) {
        moved = false;
        for (unsigned i = 0; i < n; i++)
            if (p[i].len && va < p[i].va + p[i].len && p[i].va < va + len) {
                va = p[i].va + p[i].len;
                moved = true;
            }
    }
    return len <= end - first && va <= end - len ? va : 0;
}

static uint64_t find_dma_gap(const struct slot *s, uint64_t len)
{
    struct place p[SLOT_MAX_DMA];

    for (unsigned i = 0; i < SLOT_MAX_DMA; i++)
        p[i] = (struct place){s->dma[i].va, s->dma[i].len};
    return find_gap(p, SLOT_MAX_DMA, LU_VA_DMA, LU_VA_DMA_END, len);
}

static uint64_t find_mmio_gap(const struct slot *s, uint64_t len)
{
    struct place p[SLOT_MAX_MMIO];

    for (unsigned i = 0; i < SLOT_MAX_MMIO; i++)
        p[i] = (struct place){s->mmio[i].va, s->mmio[i].len};
    return find_gap(p, SLOT_MAX_MMIO, LU_VA_MMIO, LU_VA_MMIO_END, len);
}

static struct dma_object *free_dma(struct slot *s)
{
    for (unsigned i = 0; i < SLOT_MAX_DMA; i++)
        if (!s->dma[i].len)
            return &s->dma[i];
    return NULL;
}

static void publish(struct slot *s)
{
    struct lu_inspect_windows *w = &inspect_windows[s->index];

    for (unsigned i = 0; i < SLOT_MAX_DMA; i++)
        w->dma[i] = (struct lu_map){s->dma[i].va, s->dma[i].len};
    for (unsigned i = 0; i < SLOT_MAX_MMIO; i++)
        w->mmio[i] = (struct lu_map){s->mmio[i].va, s->mmio[i].len};
    slot_publish(s);
}

uint32_t device_count_dma(const struct slot *s)
{
    uint32_t n = 0;

    for (unsigned i = 0; i < SLOT_MAX_DMA; i++)
        n += s->dma[i].len != 0;
    return n;
}

long call_dma_alloc(struct call *c)
{
    struct slot *s = c->s;
    const uint64_t len = page_align(c->arg[0]);
    struct dma_object *d = free_dma(s);
    struct lu_dma out = {.len = len};

    if (!c->arg[0] || c->arg[0] > LU_VA_DMA_END - LU_VA_DMA)
        return -LU_EINVAL;
    if (user_check(s->body, c->arg[1], sizeof(out), SPACE_WRITE))
        return -LU_EFAULT;
    out.va = find_dma_gap(s, len);
    if (!d || !out.va)
        return -LU_ENOSPC;
    if (slot_check_pages(s, len / LU_PAGE_SIZE + window_cost(&s->window, out.va, len)))
        return -LU_ENOMEM;
    out.phys = frame_alloc_run((uint32_t)(len / LU_PAGE_SIZE));
    if (!out.phys)
        return -LU_ENOMEM;
    *d = (struct dma_object){out.va, out.phys, len, s->swapped};
    s->dma_pages += (uint32_t)(len / LU_PAGE_SIZE);
    window_map(&s->window, &s->body->space, out.va, out.phys, len);
    publish(s);
    return user_write(s->body, c->arg[1], &out, sizeof(out));
}

static void free_dma_object(struct slot *s, struct dma_object *d)
{
    window_unmap(&s->window, &s->body->space, d->va, d->len);
    frame_free_run(d->phys, (uint32_t)(d->len / LU_PAGE_SIZE));
    s->dma_pages -= (uint32_t)(d->len / LU_PAGE_SIZE);
    *d = (struct dma_object){0};
}

long call_dma_free(struct call *c)
{
    struct slot *s = c->s;

    for (unsigned i = 0; i < SLOT_MAX_DMA; i++) {
        if (!s->dma[i].len || s->dma[i].va != c->arg[0])
            continue;
        if (s->swapped && !s->dma[i].fresh)
            return -LU_EBUSY; /* an undo may need it */
        free_dma_object(s, &s->dma[i]);
        publish(s);
        return 0;
    }
    return -LU_ENOENT;
}

struct mmio_request {
    uint64_t phys, len, va;
    struct mmio_object *object;
};

static int decode_mmio(struct call *c, struct mmio_request *r)
{
    const uint64_t first = c->arg[0], last = first + c->arg[1] - 1;

    if (!c->arg[1] || c->arg[1] > LU_VA_MMIO_END - LU_VA_MMIO || last < first || last >> 46)
        return -LU_EINVAL;
    r->phys = first & ~(uint64_t)(LU_PAGE_SIZE - 1);
    r->len = page_align(last + 1) - r->phys;
    if (!slot_has_range(c->s, LU_RANGE_MEM, r->phys, r->phys + r->len - 1))
        return -LU_EPERM;
    r->object = NULL;
    for (unsigned i = 0; i < SLOT_MAX_MMIO; i++) {
        struct mmio_object *o = &c->s->mmio[i];

        if (o->len == r->len && o->phys == r->phys) { /* mapped already */
            r->object = o;
            r->va = o->va;
            return 0;
        }
        if (!o->len && !r->object)
            r->object = o;
    }
    r->va = find_mmio_gap(c->s, r->len);
    if (!r->object || !r->va)
        return -LU_ENOSPC;
    if (slot_check_pages(c->s, window_cost(&c->s->window, r->va, r->len)))
        return -LU_ENOMEM;
    return 0;
}

long call_mmio_map(struct call *c)
{
    struct mmio_request r;
    int ret = decode_mmio(c, &r);

    if (ret < 0)
        return ret;
    if (!r.object->len) {
        *r.object = (struct mmio_object){r.va, r.phys, r.len, c->s->swapped};
        window_map(&c->s->window, &c->s->body->space, r.va, r.phys, r.len);
        publish(c->s);
    }
    return (long)(r.va + (c->arg[0] & (LU_PAGE_SIZE - 1)));
}

static int check_port(const struct call *c)
{
    const uint64_t port = c->arg[0], width = c->arg[1];

    if (port > 0xffff || (width != 1 && width != 2 && width != 4))
        return -LU_EINVAL;
    if (!slot_has_range(c->s, LU_RANGE_PORT, port, port + width - 1))
        return -LU_EPERM;
    return 0;
}

long call_port_in(struct call *c)
{
    int ret = check_port(c);

    return ret < 0 ? ret : (long)arch_port_in((uint16_t)c->arg[0], (unsigned)c->arg[1]);
}

long call_port_out(struct call *c)
{
    int ret = check_port(c);

    if (ret == 0)
        arch_port_out((uint16_t)c->arg[0], (unsigned)c->arg[1], (uint32_t)c->arg[2]);
    return ret;
}

void device_free_limbo(struct slot *s)
{
    for (unsigned i = 0; i < SLOT_MAX_DMA; i++) {
        if (s->limbo[i].len)
            frame_free_run(s->limbo[i].phys, (uint32_t)(s->limbo[i].len / LU_PAGE_SIZE));
        s->limbo[i] = (struct dma_object){0};
    }
}

void device_abandon(struct slot *s)
{
    if (s->dma_pages)
        device_free_limbo(s);
    for (unsigned i = 0; i < SLOT_MAX_DMA; i++)
        if (s->dma[i].len) {
            s->limbo[i] = s->dma[i];
            s->dma[i] = (struct dma_object){0};
        }
    s->dma_pages = 0;
    memset(s->mmio, 0, sizeof(s->mmio));
    window_destroy(&s->window, &s->body->space);
    publish(s);
}

static void settle_mmio(struct slot *s, bool keep_fresh)
{
    for (unsigned i = 0; i < SLOT_MAX_MMIO; i++) {
        struct mmio_object *o = &s->mmio[i];

        if (o->len && o->fresh && !keep_fresh) {
            window_unmap(&s->window, &s->body->space, o->va, o->len);
            *o = (struct mmio_object){0};
        }
        o->fresh = false;
    }
}

void device_settle(struct slot *s, bool keep_fresh)
{
    for (unsigned i = 0; i < SLOT_MAX_DMA; i++) {
        if (s->dma[i].len && s->dma[i].fresh && !keep_fresh)
            free_dma_object(s, &s->dma[i]);
        s->dma[i].fresh = false;
    }
    settle_mmio(s, keep_fresh);
    publish(s);
}
