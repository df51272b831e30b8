/* SPDX-License-Identifier: MIT
 *
 * Arguments are drawn from what tends to hurt: edges of windows, addresses of
 * the kernel, lengths that wrap, endpoints that were.  Left out are only the
 * calls that would end the fuzzer itself: EXIT, PARK, blocking receives, and
 * unmapping its own code.
 */
#include "puppet-fuzz.h"

#include <lu/sys.h>

static uint64_t x;

static uint64_t next(void) /* xorshift64*, Vigna */
{
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    return x * 0x2545f4914f6cdd1dull;
}

static uint64_t argument(const char *scratch, size_t size)
{
    static const uint64_t edges[] = {0,
                                     1,
                                     7,
                                     8,
                                     4095,
                                     4096,
                                     0x1000000,
                                     LU_VA_IMAGE,
                                     LU_VA_HEAP,
                                     LU_VA_HEAP + 4096,
                                     LU_VA_HEAP_END - 4096,
                                     LU_VA_DMA,
                                     LU_VA_DMA_END - 1,
                                     LU_VA_MMIO,
                                     LU_VA_MMIO_END,
                                     LU_VA_MAP,
                                     LU_VA_MAP_END - 8,
                                     LU_VA_STACK_TOP - 16,
                                     LU_VA_STACK_TOP,
                                     0x7fffffff,
                                     0x80000000,
                                     0x7ffffffffff8,
                                     0x800000000000,
                                     0xffff800000000000,
                                     0xffff800000100000,
                                     0xffffffff80100000,
                                     0xffffffffffffffff,
                                     0xfffffffffffff000,
                                     0x8000000000000000,
                                     0xfffffffe,
                                     0xffffffff};

    switch (next() % 6) {
    case 0:
        return edges[next() % (sizeof(edges) / sizeof(edges[0]))];
    case 1:
        return LU_ADDR(scratch) + next() % size;
    case 2:
        return LU_EP(next() % 66, next() % 4);
    case 3:
        return next() % 256;
    case 4:
        return next() % 8 * 4096;
    default:
        return next();
    }
}

static int is_safe(uint64_t nr, uint64_t a[6])
{
    switch (nr) {
    case LU_SYS_EXIT:
    case LU_SYS_PARK:
        return 0;
    case LU_SYS_RECEIVE:
        a[2] |= LU_RECV_NONBLOCK;
        return 1;
    case LU_SYS_LOG:
        a[1] |= 0x1000; /* refused: keeps the console readable */
        return 1;
    case LU_SYS_MEM_UNMAP:
        return a[0] >= LU_VA_HEAP;
    default:
        return 1;
    }
}

uint64_t puppet_fuzz(uint64_t seed, uint64_t n, char *scratch, size_t size)
{
    uint64_t good = 0;

    x = seed | 1;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t nr = next() % 90, a[6];

        for (int k = 0; k < 6; k++)
            a[k] = argument(scratch, size);
        for (size_t k = 0; k < 12; k++) /* structures with random contents, too */
            ((uint64_t *)scratch)[k] = argument(scratch, size);
        if (is_safe(nr, a))
            good += sys_call6((long)nr, a[0], a[1], a[2], a[3], a[4], a[5]) >= 0;
    }
    return good;
}
