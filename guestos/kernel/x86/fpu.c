/* SPDX-License-Identifier: MIT
 *
 * FPU and vector state of a body: XSAVE with x87, SSE and (if there) AVX, else
 * FXSAVE.  The kernel itself never touches these registers, so they are saved
 * only when another body is about to run.
 */
#include "arch.h"
#include "cpu.h"
#include "insn.h"
#include "../klib.h"

#define CR0_MP 0x2u
#define CR0_EM 0x4u
#define CR0_TS 0x8u
#define CR0_NE 0x20u
#define CR4_OSFXSR 0x200u
#define CR4_OSXMMEXCPT 0x400u
#define CR4_OSXSAVE (1u << 18)

void fpu_setup(void)
{
    uint32_t r[4];

    write_cr0((read_cr0() & ~(uint64_t)(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE);
    write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
    if (!cpu_features.xsave)
        return;
    write_cr4(read_cr4() | CR4_OSXSAVE);
    cpuid(0xd, 0, r);
    cpu_features.xcr0 = r[0] & 7;
    __asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)cpu_features.xcr0), "d"(0));
    cpuid(0xd, 0, r); /* ebx: size for what XCR0 now enables */
    if (r[1] > ARCH_FPU_SIZE) {
        cpu_features.xcr0 = 3;
        __asm__ volatile("xsetbv" : : "c"(0), "a"(3), "d"(0));
    }
}

static void save(void *fpu)
{
    const uint32_t lo = (uint32_t)cpu_features.xcr0;

    if (cpu_features.xsaveopt)
        __asm__ volatile("xsaveopt64 (%0)" : : "r"(fpu), "a"(lo), "d"(0) : "memory");
    else if (cpu_features.xsave)
        __asm__ volatile("xsave64 (%0)" : : "r"(fpu), "a"(lo), "d"(0) : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" : : "r"(fpu) : "memory");
}

static void load(const void *fpu)
{
    const uint32_t lo = (uint32_t)cpu_features.xcr0;

    if (cpu_features.xsave)
        __asm__ volatile("xrstor64 (%0)" : : "r"(fpu), "a"(lo), "d"(0) : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" : : "r"(fpu) : "memory");
}

void fpu_switch(void *fpu)
{
    if (cpu0.fpu == fpu)
        return;
    if (cpu0.fpu)
        save(cpu0.fpu);
    load(fpu);
    cpu0.fpu = fpu;
}

void arch_fpu_forget(const void *fpu)
{
    if (cpu0.fpu == fpu)
        cpu0.fpu = NULL;
}

void arch_fpu_init(void *fpu)
{
    const uint16_t fcw = 0x37f;
    const uint32_t mxcsr = 0x1f80;

    memset(fpu, 0, ARCH_FPU_SIZE);
    memcpy(fpu, &fcw, sizeof(fcw));
    memcpy((char *)fpu + 24, &mxcsr, sizeof(mxcsr));
}
