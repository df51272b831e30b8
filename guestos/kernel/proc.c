/* SPDX-License-Identifier: MIT
 *
 * PROC_*: the supervisor's calls.  A process that died keeps its slot until
 * PROC_KILL (frees it, unless its rights say restart) or PROC_RESTART.
 */
#include "call.h"

#include "death.h"
#include "frame.h"
#include "ipc.h"
#include "mem.h"
#include "proc.h"
#include "sched.h"
#include "usermem.h"

static bool names_peer(const struct slot *s, const struct slot *peer)
{
    for (uint32_t i = 0; i < s->rights.n_peers; i++)
        if (!memcmp(s->rights.peers[i], peer->name, LU_NAME_MAX))
            return true;
    return false;
}

static int read_rights(struct call *c, uint64_t va, struct lu_rights *ret)
{
    if (user_read(c->s->body, ret, va, sizeof(*ret)))
        return -LU_EFAULT;
    return slot_check_rights(ret);
}

long call_proc_create(struct call *c)
{
    char name[LU_NAME_MAX];
    struct lu_rights rights;
    struct slot *s;
    int ret = read_rights(c, c->arg[1], &rights);

    if (ret < 0)
        return ret;
    if (user_read(c->s->body, name, c->arg[0], sizeof(name)))
        return -LU_EFAULT;
    if (slot_check_name(name))
        return -LU_EINVAL;
    if (slot_by_name(name))
        return -LU_EEXIST;
    if (frame_free_count() < SPACE_BASE_FRAMES || rights.mem_pages < SPACE_BASE_FRAMES)
        return -LU_ENOMEM;
    s = slot_create(name, &rights);
    return s ? (long)s->ep : -LU_ENOSPC;
}

long call_proc_map(struct call *c)
{
    struct slot *t = slot_live((lu_ep)c->arg[0]);

    if (!t)
        return -LU_EDEAD;
    if (t->body->state != LU_RUN_STOPPED && t->body->state != LU_RUN_PARKED)
        return -LU_EBUSY;
    return mem_map(t, c->arg[1], c->arg[2], c->arg[3]);
}

long call_proc_write(struct call *c)
{
    struct slot *t = slot_live((lu_ep)c->arg[0]);

    if (!t)
        return -LU_EDEAD;
    return user_copy(t->body, c->arg[1],
                     t->body->state == LU_RUN_STOPPED ? SPACE_FORCE : SPACE_WRITE, c->s->body,
                     c->arg[2], SPACE_READ, c->arg[3]);
}

static int decode_start(struct call *c, struct slot **ret_slot)
{
    struct slot *t = slot_live((lu_ep)c->arg[0]);
    const uint64_t stack = LU_VA_STACK_TOP - LU_STACK_SIZE;

    if (!t)
        return -LU_EDEAD;
    if (t->body->state != LU_RUN_STOPPED)
        return -LU_EBUSY;
    if (c->arg[1] < LU_VA_IMAGE || c->arg[1] >= LU_VA_IMAGE_END || c->arg[2] > LU_START_UPDATE)
        return -LU_EINVAL;
    if (user_check(c->s->body, c->arg[3], LU_BUILD_ID_SIZE, SPACE_READ))
        return -LU_EFAULT;
    if (slot_check_pages(t, space_map_cost(&t->body->space, stack, LU_STACK_SIZE)))
        return -LU_ENOMEM;
    *ret_slot = t;
    return 0;
}

long call_proc_start(struct call *c)
{
    struct slot *t;
    int ret = decode_start(c, &t);

    if (ret < 0)
        return ret;
    (void)user_read(c->s->body, t->body->build_id, c->arg[3], LU_BUILD_ID_SIZE);
    proc_start(t, c->arg[1], (uint32_t)c->arg[2]);
    return 0;
}

long call_proc_kill(struct call *c)
{
    struct slot *t = slot_get((lu_ep)c->arg[0]);

    if (!t)
        return -LU_EDEAD;
    if (t == c->s || t == slot_supervisor)
        return -LU_EINVAL;
    if (t->body->state != LU_RUN_DEAD)
        death_of(t, &(struct lu_exit){.reason = LU_EXIT_KILLED});
    if (!t->swapped && !t->rights.restart)
        death_bury(t);
    return 0;
}

long call_proc_restart(struct call *c)
{
    struct slot *t = slot_get((lu_ep)c->arg[0]);

    if (!t)
        return -LU_EDEAD;
    if (t->body->state != LU_RUN_DEAD || t->swapped)
        return -LU_EBUSY;
    if (frame_free_count() < SPACE_BASE_FRAMES)
        return -LU_ENOMEM;
    slot_next_generation(t);
    body_reset(t->body);
    slot_publish(t);
    for (uint32_t i = 0; i < LU_MAX_SLOTS; i++)
        if (slots[i].use == SLOT_USED && names_peer(&slots[i], t))
            ipc_notify(&slots[i], LU_NOTE_PEER);
    return t->ep;
}

long call_proc_rights(struct call *c)
{
    struct slot *t = slot_get((lu_ep)c->arg[0]);
    struct lu_rights rights;
    int ret;

    if (!t)
        return -LU_EDEAD;
    ret = read_rights(c, c->arg[1], &rights);
    if (ret == 0)
        slot_set_rights(t, &rights);
    return ret;
}

long call_proc_wait(struct call *c)
{
    struct lu_exit e;

    if (user_check(c->s->body, c->arg[0], sizeof(e), SPACE_WRITE))
        return -LU_EFAULT;
    if (!death_next_record(&e))
        return -LU_EAGAIN;
    return user_write(c->s->body, c->arg[0], &e, sizeof(e));
}

static void fill_info(const struct slot *t, struct lu_proc_info *i)
{
    *i = (struct lu_proc_info){.ep = t->ep,
                               .run_state = t->body->state,
                               .waits_for = t->waits_for,
                               .prep_state = t->prep_state,
                               .prep_detail = t->prep_detail,
                               .pages = slot_pages(t),
                               .queued = t->n_posts,
                               .has_report = t->body->has_report,
                               .start = t->body->start,
                               .rights = t->rights,
                               .report = t->body->report};
    memcpy(i->name, t->name, sizeof(i->name));
    memcpy(i->build_id, t->body->build_id, sizeof(i->build_id));
}

long call_proc_info(struct call *c)
{
    const struct slot *t = slot_get((lu_ep)c->arg[0]);
    struct lu_proc_info info;

    if (!t)
        return -LU_EDEAD;
    fill_info(t, &info);
    return user_write(c->s->body, c->arg[1], &info, sizeof(info));
}

long call_kmem_info(struct call *c)
{
    struct lu_kmem_info info = {.total_pages = frame_total(),
                                .free_pages = frame_free_count(),
                                .uptime_ns = arch_time_ns(),
                                .context_switches = sched_switches()};

    return user_write(c->s->body, c->arg[0], &info, sizeof(info));
}

void proc_start(struct slot *t, uint64_t entry, uint32_t start)
{
    struct body *b = t->body;

    space_map_zeroed(&b->space, LU_VA_STACK_TOP - LU_STACK_SIZE, LU_STACK_SIZE,
                     LU_PROT_READ | LU_PROT_WRITE);
    regs_init(&b->regs, entry, LU_VA_STACK_TOP);
    b->start = start;
    slot_set_state(t, LU_RUN_READY);
    slot_publish(t);
    sched_ready(t);
}
