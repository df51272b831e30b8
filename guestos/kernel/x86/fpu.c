/* SPDX-License-Identifier: MIT
 *
 * FPU and vector state of a body: FXSAVE, which every x86-64 CPU has.  XSAVE is
 * not switched on (CR4.OSXSAVE stays clear), so AVX and later state does not
 * exist for components and FXSAVE covers all there is.  It is also the only
 * choice under KVM on an emulated SVM: QEMU 7.2's TCG does not intercept XSETBV
 * there, and XSAVE then silently leaves the vector registers out.  The kernel
 * itself never touches these registers, so they are saved only when another body
 * is about to run.
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

void fpu_setup(void)
{
    write_cr0((read_cr0() & ~(uint64_t)(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE);
    write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
}

void fpu_switch(void *fpu)
{
    if (cpu0.fpu == fpu)
        return;
    if (cpu0.fpu)
        __asm__ volatile("fxsave64 (%0)" : : "r"(cpu0.fpu) : "memory");
    __asm__ volatile("fxrstor64 (%0)" : : "r"(fpu) : "memory");
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
