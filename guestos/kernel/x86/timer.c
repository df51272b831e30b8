/* SPDX-License-Identifier: MIT
 *
 * Time: the PIT's channel 0 gives the tick, the time stamp counter the clock,
 * calibrated against the PIT's channel 2.  Alarms and quanta are compared with
 * the clock, so lost ticks (a busy host) do not make time drift.
 */
#include "arch.h"

#include "insn.h"
#include "pic.h"
#include "../calibrate.h"
#include "../panic.h"

#define PIT_HZ 1193182ull
#define PIT_CH0 0x40
#define PIT_CH2 0x42
#define PIT_MODE 0x43
#define GATE 0x61
#define CALIBRATE_NS 5000000ull
#define CALIBRATE_COUNT (PIT_HZ * CALIBRATE_NS / 1000000000ull)
#define TICK_COUNT (PIT_HZ * ARCH_TICK_NS / 1000000000ull)

static uint64_t tsc_base, tsc_mult, offset_ns, last_ns;

static uint64_t tsc(void *ctx)
{
    (void)ctx;
    return rdtsc();
}

static void pit_begin(void *ctx)
{
    (void)ctx;
    outb(GATE, (uint8_t)((inb(GATE) & ~0x02) | 0x01)); /* gate on, speaker off */
    outb(PIT_MODE, 0xb0);                              /* channel 2, mode 0 */
    outb(PIT_CH2, (uint8_t)CALIBRATE_COUNT);
    outb(PIT_CH2, (uint8_t)(CALIBRATE_COUNT >> 8));
}

static bool pit_ended(void *ctx)
{
    (void)ctx;
    return inb(GATE) & 0x20;
}

void arch_timer_init(void)
{
    static const struct calibrate_ops ops = {tsc, pit_begin, pit_ended};
    uint64_t cycles = calibrate(&ops, NULL);

    if (!cycles)
        panic("no usable time stamp counter or PIT");
    tsc_mult = (CALIBRATE_NS << 32) / cycles;
    tsc_base = rdtsc();
    pic_init();
    outb(PIT_MODE, 0x34); /* channel 0, mode 2 */
    outb(PIT_CH0, (uint8_t)TICK_COUNT);
    outb(PIT_CH0, (uint8_t)(TICK_COUNT >> 8));
    arch_irq_unmask(0);
}

uint64_t arch_time_ns(void)
{
    uint64_t t;

    if (!tsc_mult)
        return 0;
    t = offset_ns + (uint64_t)(((unsigned __int128)(rdtsc() - tsc_base) * tsc_mult) >> 32);
    if ((int64_t)(t - last_ns) > 0)
        last_ns = t;
    return last_ns;
}

void arch_time_advance(uint64_t ns)
{
    uint64_t now = arch_time_ns();

    if (ns > now)
        offset_ns += ns - now;
}
