/* SPDX-License-Identifier: MIT
 *
 * GRANT_NEW, GRANT_END, GRANT_COPY, REGRANT.
 */
#include "grant.h"

#include "call.h"
#include "inspect.h"
#include "ipc.h"
#include "usermem.h"

#define GRANT_GENS (1u << 24)

static struct grant *find(struct slot *s, uint64_t id, unsigned *ret_index)
{
    const unsigned i = id & (LU_MAX_GRANTS - 1);

    if (id > INT32_MAX || s->grants[i].to == LU_EP_NONE || grant_id(s, i) != id)
        return NULL;
    *ret_index = i;
    return &s->grants[i];
}

static void publish(const struct slot *s, unsigned i)
{
    const struct grant *g = &s->grants[i];

    inspect_windows[s->index].grants[i] =
        g->to == LU_EP_NONE
            ? (struct lu_inspect_grant){0}
            : (struct lu_inspect_grant){grant_id(s, i), g->flags, s->body->grant_addr[i], g->len};
}

void grant_publish(const struct slot *s)
{
    for (unsigned i = 0; i < LU_MAX_GRANTS; i++)
        publish(s, i);
}

static bool in_user_range(uint64_t addr, uint64_t len)
{
    return len > 0 && len <= USER_END && addr >= LU_PAGE_SIZE && addr <= USER_END - len;
}

long call_grant_new(struct call *c)
{
    const struct slot *to = slot_live((lu_ep)c->arg[0]);
    const uint64_t addr = c->arg[1], len = c->arg[2], flags = c->arg[3];
    struct slot *s = c->s;
    unsigned i;

    if (!to)
        return -LU_EDEAD;
    if (!flags || (flags & ~(uint64_t)(LU_GRANT_READ | LU_GRANT_WRITE)) ||
        !in_user_range(addr, len))
        return -LU_EINVAL;
    for (i = 0; i < LU_MAX_GRANTS && s->grants[i].to != LU_EP_NONE; i++)
        ;
    if (i == LU_MAX_GRANTS)
        return -LU_ENOSPC;
    s->grants[i] = (struct grant){.to = to->ep,
                                  .flags = (uint32_t)flags,
                                  .gen = (s->grants[i].gen + 1) % GRANT_GENS,
                                  .fresh = s->swapped,
                                  .len = len};
    s->body->grant_addr[i] = addr;
    publish(s, i);
    return grant_id(s, i);
}

static void end(struct slot *s, unsigned i)
{
    s->grants[i].to = LU_EP_NONE;
    s->body->grant_addr[i] = 0;
    publish(s, i);
}

long call_grant_end(struct call *c)
{
    unsigned i;
    const struct grant *g = find(c->s, c->arg[0], &i);

    if (!g)
        return -LU_ENOENT;
    if (c->s->swapped && !g->fresh)
        return -LU_EBUSY; /* an undo may need it */
    end(c->s, i);
    return 0;
}

void grant_end_all(struct slot *s)
{
    for (unsigned i = 0; i < LU_MAX_GRANTS; i++)
        end(s, i);
}

/* While the state is being copied out of the granter's body, or that body is
 * not yet committed, a write could be lost by the swap or by its undo. */
static bool must_wait(const struct slot *granter, const struct grant *g)
{
    if (granter->swapped)
        return !g->fresh;
    return granter->body->state == LU_RUN_PARKED && granter->body->n_viewers;
}

struct copy {
    struct lu_grant_copy a;
    struct slot *granter;
    const struct grant *grant;
    uint64_t addr; /* in the granter's memory; 0 = the window has no address now */
};

static int decode_copy(struct call *c, struct copy *ret)
{
    unsigned i;

    if (user_read(c->s->body, &ret->a, c->arg[0], sizeof(ret->a)))
        return -LU_EFAULT;
    ret->granter = slot_live(ret->a.granter);
    if (!ret->granter)
        return -LU_EDEAD;
    ret->grant = find(ret->granter, ret->a.id, &i);
    if (!ret->grant)
        return -LU_ENOENT;
    if (ret->grant->to != c->s->ep ||
        !(ret->grant->flags & (ret->a.to_grant ? LU_GRANT_WRITE : LU_GRANT_READ)))
        return -LU_EPERM;
    if (ret->a.len > ret->grant->len || ret->a.offset > ret->grant->len - ret->a.len)
        return -LU_ERANGE;
    ret->addr = ret->granter->body->grant_addr[i];
    return 0;
}

long call_grant_copy(struct call *c)
{
    struct copy k;
    uint64_t there;
    int ret = decode_copy(c, &k);

    if (ret < 0)
        return ret;
    if (k.a.to_grant && k.granter != c->s && must_wait(k.granter, k.grant))
        return ipc_stall(c->s, k.granter);
    if (!k.addr)
        return -LU_EFAULT;
    there = k.addr + k.a.offset;
    if (k.a.to_grant)
        return user_copy(k.granter->body, there, SPACE_WRITE, c->s->body, k.a.local, SPACE_READ,
                         k.a.len);
    return user_copy(c->s->body, k.a.local, SPACE_WRITE, k.granter->body, there, SPACE_READ,
                     k.a.len);
}

long call_regrant(struct call *c)
{
    struct slot *old = c->s->body->view ? slot_of_body(c->s->body->view) : NULL;
    const struct grant *g;
    unsigned i;

    if (!old || c->s->partner)
        return -LU_EPERM;
    g = find(old, c->arg[0], &i);
    if (!g)
        return -LU_ENOENT;
    if (!in_user_range(c->arg[1], g->len))
        return -LU_EINVAL;
    c->s->body->other_grant_addr[i] = c->arg[1];
    return 0;
}

void grant_inherit(const struct slot *s, const struct body *from, struct body *to)
{
    for (unsigned i = 0; i < LU_MAX_GRANTS; i++) {
        uint64_t addr = from->grant_addr[i];

        if (s->grants[i].to != LU_EP_NONE && !to->other_grant_addr[i] && addr >= LU_VA_DMA &&
            addr < LU_VA_DMA_END)
            to->other_grant_addr[i] = addr;
    }
}

void grant_swap_addresses(struct body *b)
{
    for (unsigned i = 0; i < LU_MAX_GRANTS; i++) {
        uint64_t addr = b->grant_addr[i];

        b->grant_addr[i] = b->other_grant_addr[i];
        b->other_grant_addr[i] = addr;
    }
}

void grant_settle(struct slot *s, bool keep_fresh)
{
    for (unsigned i = 0; i < LU_MAX_GRANTS; i++) {
        if (s->grants[i].fresh && !keep_fresh)
            end(s, i);
        s->grants[i].fresh = false;
    }
}
