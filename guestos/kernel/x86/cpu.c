/* SPDX-License-Identifier: MIT
 *
 * CPU set-up: features by CPUID, GDT with one TSS, syscall MSRs, and what
 * changes when another body is about to run.  (Intel SDM vol. 3, AMD APM vol. 2.)
 */
#include "cpu.h"

#include "arch.h"
#include "insn.h"
#include "idt.h"
#include "paging.h"
#include "../klib.h"

#define MSR_EFER 0xc0000080u
#define MSR_STAR 0xc0000081u
#define MSR_LSTAR 0xc0000082u
#define MSR_SFMASK 0xc0000084u
#define MSR_FS_BASE 0xc0000100u
#define MSR_GS_BASE 0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define EFER_SCE 1u
#define EFER_NXE 0x800u
#define CR4_PGE 0x80u
#define CR4_SMEP (1u << 20)
#define CR4_SMAP (1u << 21)
/* AC, NT, IOPL, DF, IF, TF and the arithmetic flags are clear in the kernel. */
#define SFMASK 0x47fd5u

#define LAST_STACK 2048u

struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, iomap;
} __attribute__((packed));

struct cpu cpu0;
struct cpu_features cpu_features;

extern char kernel_stack_top[];
extern void entry_syscall(void);
extern _Noreturn void entry_resume(struct regs *regs);

static struct tss tss;
static uint64_t gdt[7];
static char last_stacks[3][LAST_STACK] __attribute__((aligned(16)));

void arch_detect(void)
{
    struct cpu_features *f = &cpu_features;
    uint32_t r[4], max, max_ext;

    cpuid(0, 0, r);
    max = r[0];
    cpuid(0x80000000u, 0, r);
    max_ext = r[0];
    cpuid(1, 0, r);
    f->pge = r[3] >> 13 & 1;
    f->rdrand = r[2] >> 30 & 1;
    if (max >= 7) {
        cpuid(7, 0, r);
        f->smep = r[1] >> 7 & 1;
        f->smap = r[1] >> 20 & 1;
    }
    if (max_ext >= 0x80000001u) {
        cpuid(0x80000001u, 0, r);
        f->nx = r[3] >> 20 & 1;
    }
    if (f->nx)
        wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
}

static void set_control_bits(void)
{
    uint64_t cr4 = read_cr4();

    if (cpu_features.pge)
        cr4 |= CR4_PGE;
    if (cpu_features.smep)
        cr4 |= CR4_SMEP;
    if (cpu_features.smap)
        cr4 |= CR4_SMAP;
    write_cr4(cr4);
}

static void load_tables(void)
{
    const uint64_t base = (uint64_t)&tss;
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) ptr = {sizeof(gdt) - 1, (uint64_t)gdt};

    gdt[SEL_KERNEL_CODE / 8] = 0x00af9b000000ffffull;
    gdt[SEL_KERNEL_DATA / 8] = 0x00cf93000000ffffull;
    gdt[SEL_USER_DATA / 8] = 0x00cff3000000ffffull;
    gdt[SEL_USER_CODE / 8] = 0x00affb000000ffffull;
    gdt[SEL_TSS / 8] =
        (sizeof(tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
    gdt[SEL_TSS / 8 + 1] = base >> 32;
    tss.iomap = sizeof(tss);
    for (unsigned i = 0; i < ARRAY_SIZE(last_stacks); i++)
        tss.ist[i] = (uint64_t)last_stacks[i] + LAST_STACK;
    __asm__ volatile("lgdt %0\n\t"
                     "pushq %1\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movl %2, %%eax\n\t"
                     "movl %%eax, %%ss\n\t"
                     "xorl %%eax, %%eax\n\t"
                     "movl %%eax, %%ds\n\t"
                     "movl %%eax, %%es\n\t"
                     "movl %%eax, %%fs\n\t"
                     "movl %%eax, %%gs\n\t"
                     "movl %3, %%eax\n\t"
                     "ltr %%ax"
                     :
                     : "m"(ptr), "i"(SEL_KERNEL_CODE), "i"(SEL_KERNEL_DATA), "i"(SEL_TSS)
                     : "rax", "memory");
}

static void set_msrs(void)
{
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
    wrmsr(MSR_STAR, (uint64_t)(SEL_USER_DATA - 8) << 48 | (uint64_t)SEL_KERNEL_CODE << 32);
    wrmsr(MSR_LSTAR, (uint64_t)entry_syscall);
    wrmsr(MSR_SFMASK, SFMASK);
    wrmsr(MSR_FS_BASE, 0);
    wrmsr(MSR_GS_BASE, (uint64_t)&cpu0);
    wrmsr(MSR_KERNEL_GS_BASE, 0);
}

void arch_cpu_init(void)
{
    cpu0.stack = (uint64_t)kernel_stack_top;
    cpu0.root = read_cr3();
    set_control_bits();
    load_tables();
    set_msrs();
    idt_init();
    fpu_setup();
}

void arch_use(struct regs *regs, void *fpu, uint64_t root)
{
    cpu0.frame_end = (uint64_t)(regs + 1);
    tss.rsp[0] = (uint64_t)(regs + 1);
    fpu_switch(fpu);
    if (cpu0.root != root) {
        cpu0.root = root;
        write_cr3(root);
    }
}

_Noreturn void arch_enter_user(struct regs *regs)
{
    entry_resume(regs);
}

_Noreturn void arch_halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

void arch_idle(void)
{
    __asm__ volatile("sti; hlt; cli" : : : "memory");
}

void arch_read_cr(uint64_t *ret_cr2, uint64_t *ret_cr3)
{
    *ret_cr2 = read_cr2();
    *ret_cr3 = read_cr3();
}

uint32_t arch_port_in(uint16_t port, unsigned width)
{
    return width == 1 ? inb(port) : width == 2 ? inw(port) : inl(port);
}

void arch_port_out(uint16_t port, unsigned width, uint32_t value)
{
    if (width == 1)
        outb(port, (uint8_t)value);
    else if (width == 2)
        outw(port, (uint16_t)value);
    else
        outl(port, value);
}

uint64_t arch_entropy(void)
{
    uint64_t v = rdtsc();

    if (cpu_features.rdrand) {
        uint64_t r;
        uint8_t ok = 0;

        for (int i = 0; i < 10 && !ok; i++)
            __asm__ volatile("rdrand %0; setc %1" : "=r"(r), "=qm"(ok) : : "cc");
        if (ok)
            v = r ^ (v << 1);
    }
    return v;
}
