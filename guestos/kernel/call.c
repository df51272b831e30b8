/* SPDX-License-Identifier: MIT
 *
 * The table of kernel calls and the kernel's entry points.
 */
#include "call.h"

#include "death.h"
#include "inspect.h"
#include "irq.h"
#include "ipc.h"
#include "sched.h"
#include "timer.h"

struct entry {
    long (*run)(struct call *c);
    uint32_t right; /* LU_RIGHT_* needed */
    bool is_ipc;    /* traced by ipc.c */
};

#define PROC(fn) {.run = fn, .right = LU_RIGHT_PROC}
#define IPC(fn) {.run = fn, .is_ipc = true}

static const struct entry table[] = {
    [LU_SYS_SEND] = IPC(call_send),
    [LU_SYS_RECEIVE] = IPC(call_receive),
    [LU_SYS_SENDREC] = IPC(call_sendrec),
    [LU_SYS_REPLY] = IPC(call_reply),
    [LU_SYS_POST] = IPC(call_post),
    [LU_SYS_NOTIFY] = IPC(call_notify),
    [LU_SYS_LOOKUP] = {.run = call_lookup},
    [LU_SYS_SELF] = {.run = call_self},
    [LU_SYS_GRANT_NEW] = {.run = call_grant_new},
    [LU_SYS_GRANT_END] = {.run = call_grant_end},
    [LU_SYS_GRANT_COPY] = {.run = call_grant_copy},
    [LU_SYS_MEM_MAP] = {.run = call_mem_map},
    [LU_SYS_MEM_UNMAP] = {.run = call_mem_unmap},
    [LU_SYS_DMA_ALLOC] = {.run = call_dma_alloc, .right = LU_RIGHT_DMA},
    [LU_SYS_DMA_FREE] = {.run = call_dma_free, .right = LU_RIGHT_DMA},
    [LU_SYS_MMIO_MAP] = {.run = call_mmio_map},
    [LU_SYS_PORT_IN] = {.run = call_port_in},
    [LU_SYS_PORT_OUT] = {.run = call_port_out},
    [LU_SYS_IRQ_ATTACH] = {.run = call_irq_attach},
    [LU_SYS_IRQ_ACK] = {.run = call_irq_ack},
    [LU_SYS_CLOCK] = {.run = call_clock},
    [LU_SYS_ALARM] = {.run = call_alarm},
    [LU_SYS_LOG] = {.run = call_log},
    [LU_SYS_TRACE] = {.run = call_trace},
    [LU_SYS_EXIT] = {.run = call_exit},
    [LU_SYS_RANDOM] = {.run = call_random},
    [LU_SYS_PREPARE_INFO] = {.run = call_prepare_info},
    [LU_SYS_PREPARE_SAY] = {.run = call_prepare_say},
    [LU_SYS_PARK] = {.run = call_park},
    [LU_SYS_VIEW_READ] = {.run = call_view_read},
    [LU_SYS_VIEW_INFO] = {.run = call_view_info},
    [LU_SYS_REGRANT] = {.run = call_regrant},
    [LU_SYS_UPD_REPORT] = {.run = call_upd_report},
    [LU_SYS_PROC_CREATE] = PROC(call_proc_create),
    [LU_SYS_PROC_MAP] = PROC(call_proc_map),
    [LU_SYS_PROC_WRITE] = PROC(call_proc_write),
    [LU_SYS_PROC_START] = PROC(call_proc_start),
    [LU_SYS_PROC_KILL] = PROC(call_proc_kill),
    [LU_SYS_PROC_RESTART] = PROC(call_proc_restart),
    [LU_SYS_PROC_RIGHTS] = PROC(call_proc_rights),
    [LU_SYS_PROC_WAIT] = PROC(call_proc_wait),
    [LU_SYS_PROC_INFO] = PROC(call_proc_info),
    [LU_SYS_PREPARE] = PROC(call_prepare),
    [LU_SYS_UNPREPARE] = PROC(call_unprepare),
    [LU_SYS_VIEW_GRANT] = PROC(call_view_grant),
    [LU_SYS_UPD] = PROC(call_upd),
    [LU_SYS_CLOCK_SET] = PROC(call_clock_set),
    [LU_SYS_ENTROPY] = PROC(call_entropy),
    [LU_SYS_KMEM_INFO] = PROC(call_kmem_info),
    [LU_SYS_ARCHIVE_MAP] = {.run = call_archive_map, .right = LU_RIGHT_ARCHIVE},
};

static long dispatch(struct slot *s, uint64_t nr, const struct regs *r)
{
    struct call c = {s, {r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9}};
    const struct entry *e = nr < ARRAY_SIZE(table) ? &table[nr] : NULL;

    if (!e || !e->run)
        return -LU_ENOSYS;
    if (e->right & ~s->rights.flags)
        return -LU_EPERM;
    if (!e->is_ipc)
        trace_put(LU_TRACE_CALL, s->ep, nr, c.arg[0]);
    return e->run(&c);
}

struct regs *kernel_call(struct regs *regs)
{
    struct slot *s = sched_current;
    const uint64_t nr = regs_call(regs);
    long result;

    if (regs->rip >= USER_END) { /* sysret must never see it */
        death_of_current(&(struct lu_exit){.reason = LU_EXIT_ABUSE, .rip = regs->rip});
        return sched_next();
    }
    s->body->entry_call = nr;
    result = dispatch(s, nr, regs);
    if (result != CALL_NO_RESULT)
        regs_set_result(regs, result);
    return sched_next();
}

void kernel_fault(const struct regs *regs, uint64_t addr)
{
    trace_put(LU_TRACE_FAULT, sched_current->ep, regs->vector, addr);
    death_of_current(&(struct lu_exit){
        .reason = LU_EXIT_FAULT, .vector = (uint32_t)regs->vector, .rip = regs->rip, .addr = addr});
}

void kernel_tick(void)
{
    timer_tick();
    irq_tick();
    sched_tick();
}

void kernel_irq(unsigned irq)
{
    irq_raise(irq);
}

struct regs *kernel_next(void)
{
    return sched_next();
}
