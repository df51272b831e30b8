/* SPDX-License-Identifier: MIT
 *
 * See puppet.h.  As a new version it takes its predecessor's state over by
 * VIEW_READ, in the order of calls that the runtime of real components uses.
 */
#include "puppet.h"

#include "puppet-fuzz.h"

int main(void);

static struct puppet_state state __attribute__((aligned(4096))) = {.version = 1};
static volatile uint64_t plan = PLAN_GOOD;
static char scratch[8192] __attribute__((aligned(4096)));
static struct lu_self self;
static uint64_t busy, last_result;

static void fault(uint64_t kind)
{
    volatile uint64_t *null = (volatile uint64_t *)8;
    static uint8_t ret_insn[16] = {0xc3};

    switch (kind) {
    case FAULT_NULL_READ:
        (void)*null;
        break;
    case FAULT_NULL_WRITE:
        *null = 1;
        break;
    case FAULT_TEXT_WRITE:
        *(volatile uint8_t *)(uintptr_t)&main = 0;
        break;
    case FAULT_DATA_EXEC:
        ((void (*)(void))(uintptr_t)ret_insn)();
        break;
    case FAULT_KERNEL_READ:
        (void)*(volatile uint64_t *)0xffffffff80100000ull;
        break;
    case FAULT_DIVIDE:
        __asm__ volatile("xorl %%ecx, %%ecx; divl %%ecx" : : : "rax", "rcx", "rdx");
        break;
    case FAULT_ILLEGAL:
        __asm__ volatile("ud2");
        break;
    case FAULT_PRIVILEGED:
        __asm__ volatile("cli; hlt");
        break;
    case FAULT_PORT:
        __asm__ volatile("outb %%al, $0x80" : : "a"(0));
        break;
    case FAULT_INTERRUPT:
        __asm__ volatile("int $32");
        break;
    case FAULT_NONCANONICAL:
        __asm__ volatile("movabsq $0x800000000000, %%rax; jmp *%%rax" : : : "rax");
        break;
    case FAULT_STACK:
        __asm__ volatile("movabsq $0x8000000000000000, %%rsp; pushq %%rax; ud2" : : : "memory");
        break;
    case FAULT_TRACE_FLAG:
        __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; syscall; nop"
                         :
                         : "a"(LU_SYS_CLOCK)
                         : "rcx", "r11", "memory");
        break;
    }
}

/* For ever; faults if the vector register is not what it was. */
static void spin(uint64_t value)
{
    __asm__ volatile("movq %0, %%xmm0\n\t"
                     "movq %0, %%xmm15\n"
                     "1: incq (%1)\n\t"
                     "movq %%xmm0, %%rax\n\t"
                     "cmpq %0, %%rax\n\t"
                     "jne 2f\n\t"
                     "movq %%xmm15, %%rax\n\t"
                     "cmpq %0, %%rax\n\t"
                     "je 1b\n"
                     "2: ud2"
                     :
                     : "r"(value), "r"(&state.spins)
                     : "rax", "xmm0", "xmm15", "memory");
}

static uint64_t deaf(lu_ep from)
{
    struct lu_msg m = {0};
    long ret = sys_receive_from(from, &m, 0);

    return ret < 0 ? (uint64_t)ret : m.arg[0];
}

/* Executes a command; its results are in m->arg. */
static void perform(struct lu_msg *m)
{
    uint64_t *a = m->arg;

    switch (m->type) {
    case P_CALL:
        a[0] = (uint64_t)sys_call6((long)a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
        break;
    case P_RESULT:
        a[0] = last_result;
        break;
    case P_COUNT:
        a[0] = ++state.count;
        a[1] = state.version;
        break;
    case P_INFO:
        *(struct puppet_info *)a =
            (struct puppet_info){LU_ADDR(&state), LU_ADDR(&plan), LU_ADDR(scratch), self.start};
        break;
    case P_FAULT:
        fault(a[0]);
        break;
    case P_SPIN:
        spin(a[0]);
        break;
    case P_FUZZ:
        a[0] = puppet_fuzz(a[0], a[1], scratch, sizeof(scratch));
        break;
    case P_DEAF:
        a[0] = deaf((lu_ep)a[0]);
        break;
    case P_CALL_BACK:
        a[0] = (uint64_t)(int64_t)sys_sendrec(m->source, &(struct lu_msg){.type = P_COUNT});
        break;
    case P_PEEK:
        a[0] = *(volatile uint64_t *)a[0];
        break;
    case P_POKE:
        *(volatile uint64_t *)a[0] = a[1];
        break;
    case P_BUSY:
        busy = a[0];
        break;
    case P_NOTES:
        a[0] = state.notes;
        state.notes = 0;
        break;
    case P_NOTE_DOWN:
    case P_NOTE_ALSO:
        if (state.n_log < PUPPET_LOG)
            state.log[state.n_log++] = a[0];
        break;
    case P_LOG:
        a[1] = a[0] < state.n_log ? state.log[a[0]] : 0;
        a[0] = state.n_log;
        break;
    }
}

static void update_point(void)
{
    static struct lu_prepare prepare;

    if (sys_prepare_info(&prepare) < 0)
        return;
    if (busy)
        sys_prepare_say(LU_PREP_FILTER_FALSE, busy);
    else
        sys_park();
}

static void report(int status)
{
    struct lu_upd_report r = {.status = status, .moved = {.objects = 1}, .text = "puppet"};

    sys_upd_report(&r);
}

static void regrant_all(void)
{
    static struct lu_view_info view;

    sys_view_info(&view);
    for (uint32_t i = 0; i < view.n_grants; i++)
        if (view.grants[i].addr < LU_VA_DMA || view.grants[i].addr >= LU_VA_DMA_END)
            sys_regrant(view.grants[i].id, view.grants[i].addr); /* same image: same place */
}

static void init_allocates(void)
{
    struct lu_dma dma;

    sys_grant_new(self.supervisor, state.buffer, 64, LU_GRANT_READ);
    sys_dma_alloc(4096, &dma);
    sys_alarm(1);
}

static void take_over(void)
{
    uint64_t version;

    if (plan == PLAN_CRASH_TRANSFER)
        fault(FAULT_NULL_WRITE);
    sys_view_read(LU_ADDR(&state), &state, sizeof(state));
    version = ++state.version;
    regrant_all();
    report(plan == PLAN_REPORT_FAILURE ? -LU_EMISMATCH : 0);
    sys_park();
    sys_self(&self);
    if (plan == PLAN_CRASH_INIT)
        fault(FAULT_ILLEGAL);
    if (plan == PLAN_HANG_INIT)
        spin(version);
    if (plan == PLAN_INIT_ALLOCATES)
        init_allocates();
    report(0);
    sys_park();
}

int main(void)
{
    struct lu_msg m = {0};

    sys_self(&self);
    if (self.start == LU_START_UPDATE)
        take_over();
    for (;;) {
        update_point();
        if (sys_receive_from(LU_EP_ANY, &m, 0) < 0)
            continue;
        if (m.source == LU_EP_KERNEL && (m.flags & LU_MSGF_NOTIFY)) {
            state.notes |= m.arg[0];
            continue;
        }
        perform(&m);
        if (m.flags & LU_MSGF_CALL)
            sys_reply(m.source, &m);
        else if (m.type != P_NOTE_DOWN && m.type != P_NOTE_ALSO)
            last_result = m.arg[0];
    }
}
