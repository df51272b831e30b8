/* SPDX-License-Identifier: MIT
 *
 * Entry points of the portable kernel, called by x86/trap.c, and the shape of
 * a kernel call.  Each call's function decodes its arguments completely before
 * it changes anything.
 */
#pragma once

#include "slot.h"

/* The caller's registers are not touched: it is blocked, restarted or gone. */
#define CALL_NO_RESULT ((long)1 << 62)

struct call {
    struct slot *s; /* the caller, READY */
    uint64_t arg[6];
};

struct regs *kernel_call(struct regs *regs);
void kernel_fault(const struct regs *regs, uint64_t addr);
void kernel_tick(void);
void kernel_irq(unsigned irq);
struct regs *kernel_next(void);

/* ipc.c */
long call_send(struct call *c);
long call_receive(struct call *c);
long call_sendrec(struct call *c);
long call_reply(struct call *c);
long call_post(struct call *c);
long call_notify(struct call *c);
/* self.c */
long call_lookup(struct call *c);
long call_self(struct call *c);
long call_clock(struct call *c);
long call_alarm(struct call *c);
long call_log(struct call *c);
long call_trace(struct call *c);
long call_exit(struct call *c);
long call_random(struct call *c);
/* grant.c */
long call_grant_new(struct call *c);
long call_grant_end(struct call *c);
long call_grant_copy(struct call *c);
long call_regrant(struct call *c);
/* mem.c */
long call_mem_map(struct call *c);
long call_mem_unmap(struct call *c);
long call_archive_map(struct call *c);
/* device.c */
long call_dma_alloc(struct call *c);
long call_dma_free(struct call *c);
long call_mmio_map(struct call *c);
long call_port_in(struct call *c);
long call_port_out(struct call *c);
/* irq.c */
long call_irq_attach(struct call *c);
long call_irq_ack(struct call *c);
/* prepare.c */
long call_prepare(struct call *c);
long call_unprepare(struct call *c);
long call_prepare_info(struct call *c);
long call_prepare_say(struct call *c);
long call_park(struct call *c);
/* update.c */
long call_view_grant(struct call *c);
long call_view_read(struct call *c);
long call_view_info(struct call *c);
long call_upd_report(struct call *c);
long call_upd(struct call *c);
/* proc.c */
long call_proc_create(struct call *c);
long call_proc_map(struct call *c);
long call_proc_write(struct call *c);
long call_proc_start(struct call *c);
long call_proc_kill(struct call *c);
long call_proc_restart(struct call *c);
long call_proc_rights(struct call *c);
long call_proc_wait(struct call *c);
long call_proc_info(struct call *c);
long call_kmem_info(struct call *c);
long call_clock_set(struct call *c);
long call_entropy(struct call *c);
