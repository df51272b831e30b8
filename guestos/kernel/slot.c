/* SPDX-License-Identifier: MIT
 *
 * Tables of slots and bodies, names, rights.  Both tables have the same size;
 * who owns which body changes with upd() only.
 */
#include "slot.h"

#include "frame.h"
#include "inspect.h"
#include "sched.h"

#define MAX_GEN ((1u << (32 - LU_SLOT_BITS)) - 2u) /* above: LU_EP_KERNEL, LU_EP_ANY */

struct slot slots[LU_MAX_SLOTS];
struct slot *slot_supervisor;
static struct body bodies[LU_MAX_SLOTS];

void slot_init(void)
{
    for (uint32_t i = 0; i < LU_MAX_SLOTS; i++) {
        struct slot *s = &slots[i];

        s->index = i;
        s->ep = LU_EP(i, 1);
        s->body = &bodies[i];
        link_init(&s->run_link);
        link_init(&s->posts);
        link_init(&s->free_posts);
        link_init(&s->senders);
        link_init(&s->callers);
        link_init(&s->stalled);
        link_init(&s->wait_link);
        for (uint32_t k = 0; k < LU_QUEUE_MAX; k++)
            list_append(&s->free_posts, &s->post_pool[k].link);
    }
}

bool slot_alive(const struct slot *s)
{
    return s->swapped || s->body->state != LU_RUN_DEAD;
}

struct slot *slot_get(lu_ep ep)
{
    struct slot *s;

    if (LU_EP_SLOT(ep) >= LU_MAX_SLOTS)
        return NULL;
    s = &slots[LU_EP_SLOT(ep)];
    return s->use == SLOT_USED && s->ep == ep ? s : NULL;
}

struct slot *slot_live(lu_ep ep)
{
    struct slot *s = slot_get(ep);

    return s && slot_alive(s) ? s : NULL;
}

static bool same_name(const char *a, const char *b)
{
    for (unsigned i = 0; i < LU_NAME_MAX; i++) {
        if (a[i] != b[i])
            return false;
        if (!a[i])
            return true;
    }
    return true;
}

struct slot *slot_by_name(const char name[LU_NAME_MAX])
{
    for (uint32_t i = 0; i < LU_MAX_SLOTS; i++)
        if (slots[i].use == SLOT_USED && same_name(slots[i].name, name))
            return &slots[i];
    return NULL;
}

struct slot *slot_of_body(const struct body *b)
{
    for (uint32_t i = 0; i < LU_MAX_SLOTS; i++)
        if (slots[i].body == b)
            return &slots[i];
    return NULL;
}

int slot_check_name(const char name[LU_NAME_MAX])
{
    unsigned i;

    for (i = 0; i < LU_NAME_MAX && name[i]; i++)
        if (name[i] <= ' ' || name[i] > '~')
            return -LU_EINVAL;
    return i > 0 && i < LU_NAME_MAX ? 0 : -LU_EINVAL;
}

int slot_check_rights(const struct lu_rights *r)
{
    const uint32_t known = LU_RIGHT_PROC | LU_RIGHT_DMA | LU_RIGHT_ARCHIVE | LU_RIGHT_PEERS_ANY;

    if ((r->flags & ~known) || r->priority >= N_PRIORITIES || r->n_ranges > LU_MAX_RANGES ||
        r->n_peers > LU_MAX_PEERS || r->restart > 1)
        return -LU_EINVAL;
    for (uint32_t i = 0; i < r->n_ranges; i++)
        if (r->ranges[i].kind < LU_RANGE_PORT || r->ranges[i].kind > LU_RANGE_IRQ ||
            r->ranges[i].first > r->ranges[i].last)
            return -LU_EINVAL;
    for (uint32_t i = 0; i < r->n_peers; i++)
        if (slot_check_name(r->peers[i]))
            return -LU_EINVAL;
    return 0;
}

static void find_peers(struct slot *s)
{
    s->peers = s->rights.flags & LU_RIGHT_PEERS_ANY ? ~0ull : 0;
    for (uint32_t i = 0; i < s->rights.n_peers; i++) {
        const struct slot *peer = slot_by_name(s->rights.peers[i]);

        if (peer)
            s->peers |= 1ull << peer->index;
    }
}

void slot_set_rights(struct slot *s, const struct lu_rights *rights)
{
    bool was_queued = s->queued;

    sched_remove(s);
    s->rights = *rights;
    find_peers(s);
    if (was_queued)
        sched_ready(s);
}

static void clear_grants(struct body *b)
{
    memset(b->grant_addr, 0, sizeof(b->grant_addr));
    memset(b->other_grant_addr, 0, sizeof(b->other_grant_addr));
}

void body_reset(struct body *b)
{
    space_create(&b->space);
    memset(&b->regs, 0, sizeof(b->regs));
    arch_fpu_init(b->fpu);
    memset(b->build_id, 0, sizeof(b->build_id));
    b->state = LU_RUN_STOPPED;
    b->start = LU_START_FRESH;
    b->from = LU_EP_NONE;
    b->view = NULL;
    b->n_viewers = 0;
    b->has_report = false;
    memset(&b->report, 0, sizeof(b->report));
    b->archive_va = 0;
    clear_grants(b);
}

struct slot *slot_create(const char name[LU_NAME_MAX], const struct lu_rights *rights)
{
    struct slot *s = NULL;

    for (uint32_t i = 0; i < LU_MAX_SLOTS && !s; i++)
        if (slots[i].use == SLOT_FREE)
            s = &slots[i];
    if (!s)
        return NULL;
    memset(s->name, 0, sizeof(s->name));
    for (unsigned i = 0; i < LU_NAME_MAX - 1 && name[i]; i++)
        s->name[i] = name[i];
    s->use = SLOT_USED;
    s->rights = *rights;
    s->prep_state = LU_PREP_NONE;
    body_reset(s->body);
    for (uint32_t i = 0; i < LU_MAX_SLOTS; i++) /* somebody may name the newcomer */
        if (slots[i].use == SLOT_USED)
            find_peers(&slots[i]);
    slot_publish(s);
    return s;
}

void slot_next_generation(struct slot *s)
{
    uint32_t gen = LU_EP_GEN(s->ep);

    s->ep = LU_EP(s->index, gen >= MAX_GEN ? 1 : gen + 1);
}

void slot_release(struct slot *s)
{
    s->use = SLOT_FREE;
    for (uint32_t i = 0; i < LU_MAX_SLOTS; i++)
        if (!(slots[i].rights.flags & LU_RIGHT_PEERS_ANY))
            slots[i].peers &= ~(1ull << s->index);
    slot_next_generation(s);
    memset(&inspect_slots[s->index], 0, sizeof(inspect_slots[0]));
}

void slot_set_state(struct slot *s, enum lu_run_state state)
{
    s->body->state = state;
    inspect_slots[s->index].run_state = state;
}

void slot_set_waits(struct slot *s, struct link *list, lu_ep whom)
{
    list_append(list, &s->wait_link);
    s->waits_for = whom;
    inspect_slots[s->index].waits_for = whom;
}

void slot_end_wait(struct slot *s)
{
    list_remove(&s->wait_link);
    s->waits_for = LU_EP_NONE;
    inspect_slots[s->index].waits_for = LU_EP_NONE;
}

void slot_publish(struct slot *s)
{
    struct lu_inspect_slot *i = &inspect_slots[s->index];

    i->run_state = s->body->state;
    i->root = s->body->space.root;
    i->pages = slot_pages(s);
    i->prep_state = s->prep_state;
    i->waits_for = s->waits_for;
    memcpy(i->build_id, s->body->build_id, sizeof(i->build_id));
    memcpy(i->name, s->name, sizeof(i->name));
    i->ep = s->ep;
}

uint32_t slot_pages(const struct slot *s)
{
    return s->body->space.pages + s->window.tables + s->dma_pages;
}

int slot_check_pages(const struct slot *s, uint64_t more)
{
    if (more > frame_free_count() || more + slot_pages(s) > s->rights.mem_pages)
        return -LU_ENOMEM;
    return 0;
}

bool slot_has_range(const struct slot *s, enum lu_range_kind kind, uint64_t first, uint64_t last)
{
    for (uint32_t i = 0; i < s->rights.n_ranges; i++) {
        const struct lu_range *r = &s->rights.ranges[i];

        if (r->kind == kind && first >= r->first && last <= r->last)
            return true;
    }
    return false;
}
