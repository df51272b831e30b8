/* SPDX-License-Identifier: MIT
 *
 * What a transfer case's image is linked with: the way in for the runner, and what
 * the heap needs, by Linux system calls.  Not described by the pass.
 */
#include "case-entry.h"

long case_world;
void setup(void) __attribute__((weak));
int check(void) __attribute__((weak));
case_start _start;

static struct case_entry entry = {.alloc = lu_heap_alloc};

/* Called by the runner as a function. */
long _start(long call, long world)
{
    if (call == CASE_ENTRY) {
        entry.handlers = lu_transfer_handlers;
        return (long)(uintptr_t)&entry;
    }
    case_world = world;
    if (call == CASE_CHECK)
        return check ? check() : 0;
    if (setup)
        setup();
    return 0;
}

/* --- what transfer handlers call --- */

int st_xfer_read(struct st_xfer *x, uint64_t old_addr, void *buf, size_t len)
{
    return entry.xfer_read(x, old_addr, buf, len);
}

int st_xfer_pointer(struct st_xfer *x, uint64_t old_value, uint64_t *ret_new_value)
{
    return entry.xfer_pointer(x, old_value, ret_new_value);
}

int st_xfer_member(struct st_xfer *x, const struct st_object *o, const char *member,
                   int64_t *ret_value)
{
    return entry.xfer_member(x, o, member, ret_value);
}

int st_xfer_fail(struct st_xfer *x, int code, const char *text)
{
    return entry.xfer_fail(x, code, text);
}

/* --- the heap's system calls --- */

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
