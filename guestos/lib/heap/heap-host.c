/* SPDX-License-Identifier: MIT
 *
 * What the heap needs from the system, in a process of the host (tests,
 * benchmarks): the component's windows below 2 GiB are free there, so the heap
 * lies at the same addresses.  As in the guest, what is mapped has its memory.
 */
#include <lu/alloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int lu_heap_sys_map(uint64_t addr, uint64_t len)
{
    void *p = mmap((void *)(uintptr_t)addr, len, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE, -1, 0);

    return p == MAP_FAILED ? -LU_ENOMEM : 0;
}

void lu_heap_sys_unmap(uint64_t addr, uint64_t len)
{
    munmap((void *)(uintptr_t)addr, len);
}

_Noreturn void lu_heap_sys_die(const struct lu_heap_abuse *abuse)
{
    char text[256];

    lu_heap_abuse_text(abuse, text, sizeof(text));
    fprintf(stderr, "%s\n", text);
    abort();
}
