/* SPDX-License-Identifier: MIT
 *
 * What the heap needs from the system, in a component of the guest.
 */
#include <lu/alloc.h>
#include <lu/log.h>
#include <lu/sys.h>
#include <string.h>

int lu_heap_sys_map(uint64_t addr, uint64_t len)
{
    return sys_mem_map(addr, len, LU_PROT_READ | LU_PROT_WRITE);
}

void lu_heap_sys_unmap(uint64_t addr, uint64_t len)
{
    sys_mem_unmap(addr, len);
}

_Noreturn void lu_heap_sys_die(const struct lu_heap_abuse *abuse)
{
    char text[LU_EXIT_TEXT];

    lu_heap_abuse_text(abuse, text, sizeof(text));
    lu_log("%s", text);
    sys_exit_because(134, text, strlen(text));
}
