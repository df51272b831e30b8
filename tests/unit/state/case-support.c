/* SPDX-License-Identifier: MIT
 *
 * What a transfer case's image is linked with: the way in for the runner, and what
 * the heap needs, by Linux system calls.  Not described by the pass.
 */
#include <lu/alloc.h>

void setup(void) __attribute__((weak));
int check(void) __attribute__((weak));
long _start(long what);

/* Called by the runner as a function. */
long _start(long what)
{
    if (what)
        return check ? check() : 0;
    if (setup)
        setup();
    return 0;
}

static long call6(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    register uint64_t r10 __asm__("r10") = d;
    register uint64_t r8 __asm__("r8") = ~0ull;
    register uint64_t r9 __asm__("r9") = 0;
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}

int lu_heap_sys_map(uint64_t addr, uint64_t len)
{
    return call6(9, addr, len, 3, 0x100022) == (long)addr ? 0 : -LU_ENOMEM; /* mmap, NOREPLACE */
}

void lu_heap_sys_unmap(uint64_t addr, uint64_t len)
{
    call6(11, addr, len, 0, 0);
}

_Noreturn void lu_heap_sys_die(const struct lu_heap_abuse *abuse)
{
    (void)abuse;
    __builtin_trap();
}
