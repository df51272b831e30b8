/* SPDX-License-Identifier: MIT
 *
 * Fills the epitaph once; a panic inside a panic only halts.
 */
#include "panic.h"

#include <stdarg.h>

#include "inspect.h"
#include "klib.h"
#include "log.h"
#include "slot.h"
#include "x86/arch.h"
#include "x86/paging.h"

#define MAX_FRAMES 16u

extern char kernel_stack[], kernel_stack_top[];

static bool on_stack(uint64_t fp)
{
    return fp % 8 == 0 && fp >= (uint64_t)kernel_stack && fp + 16 <= (uint64_t)kernel_stack_top;
}

static void backtrace(struct lu_epitaph *e, uint64_t fp)
{
    while (e->n_frames < MAX_FRAMES && on_stack(fp)) {
        const uint64_t *f = (const uint64_t *)fp;

        e->frames[e->n_frames++] = f[1];
        if (f[0] <= fp)
            break;
        fp = f[0];
    }
}

static void fill_regs(struct lu_epitaph *e, const struct regs *r)
{
    const uint64_t regs[16] = {r->rax, r->rbx, r->rcx, r->rdx, r->rsi, r->rdi, r->rbp, r->rsp,
                               r->r8,  r->r9,  r->r10, r->r11, r->r12, r->r13, r->r14, r->r15};

    e->vector = (uint32_t)r->vector;
    e->error = r->error;
    e->rip = r->rip;
    e->rsp = r->rsp;
    memcpy(e->regs, regs, sizeof(regs));
}

static void print(const struct lu_epitaph *e)
{
    log_raw("\n");
    klog("PANIC: %s", e->text);
    klog("vector %u error %lx rip %lx rsp %lx cr2 %lx cr3 %lx", e->vector, (unsigned long)e->error,
         (unsigned long)e->rip, (unsigned long)e->rsp, (unsigned long)e->cr2,
         (unsigned long)e->cr3);
    for (uint32_t i = 0; i < e->n_frames; i++)
        klog("  %lx", (unsigned long)e->frames[i]);
}

static _Noreturn void end(const struct regs *r, uint64_t fp, const char *fmt, va_list ap)
{
    static bool dying;
    struct lu_epitaph *e = &kernel_inspect.epitaph;

    if (dying)
        arch_halt();
    dying = true;
    kformat(e->text, sizeof(e->text), fmt, ap);
    arch_read_cr(&e->cr2, &e->cr3);
    e->uptime_ns = arch_time_ns();
    e->current = sched_current ? sched_current->ep : LU_EP_NONE;
    if (r)
        fill_regs(e, r);
    backtrace(e, fp);
    __atomic_store_n(&e->valid, LU_EPITAPH_VALID, __ATOMIC_RELEASE);
    print(e);
    arch_halt();
}

void panic(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    end(NULL, (uint64_t)__builtin_frame_address(0), fmt, ap);
}

void panic_regs(const struct regs *regs, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    end(regs, regs->rbp, fmt, ap);
}
