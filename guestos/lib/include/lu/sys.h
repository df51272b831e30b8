/* SPDX-License-Identifier: MIT
 *
 * Kernel calls as components make them: one inline stub per number of
 * lu/call.h, same order, same meaning.  Results are >= 0 or -LU_E...; a stub
 * checks nothing, the kernel does.  Only the raw receive has another name
 * (sys_receive_from): sys_receive is the update point and stands in lu/event.h.
 */
#pragma once

#include <lu/call.h>

static inline long sys_call6(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                             uint64_t f)
{
    register uint64_t r10 __asm__("r10") = d;
    register uint64_t r8 __asm__("r8") = e;
    register uint64_t r9 __asm__("r9") = f;
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}

static inline long sys_call4(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    register uint64_t r10 __asm__("r10") = d;
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "rcx", "r11", "memory");
    return ret;
}

static inline long sys_call3(long nr, uint64_t a, uint64_t b, uint64_t c)
{
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return ret;
}

#define LU_ADDR(p) ((uint64_t)(uintptr_t)(p))

/* IPC */
static inline int sys_send(lu_ep to, struct lu_msg *m)
{
    return (int)sys_call3(LU_SYS_SEND, to, LU_ADDR(m), 0);
}
static inline int sys_receive_from(lu_ep from, struct lu_msg *m, uint32_t flags)
{
    return (int)sys_call3(LU_SYS_RECEIVE, from, LU_ADDR(m), flags);
}
static inline int sys_sendrec(lu_ep to, struct lu_msg *in_out)
{
    return (int)sys_call3(LU_SYS_SENDREC, to, LU_ADDR(in_out), 0);
}
static inline int sys_reply(lu_ep to, struct lu_msg *m)
{
    return (int)sys_call3(LU_SYS_REPLY, to, LU_ADDR(m), 0);
}
static inline int sys_post(lu_ep to, struct lu_msg *m)
{
    return (int)sys_call3(LU_SYS_POST, to, LU_ADDR(m), 0);
}
static inline int sys_notify(lu_ep to, uint64_t bits)
{
    return (int)sys_call3(LU_SYS_NOTIFY, to, bits, 0);
}
/* Endpoint of the component called `name` (at most LU_NAME_MAX - 1 bytes), or -LU_ENOENT. */
static inline long sys_lookup(const char *name)
{
    char padded[LU_NAME_MAX] = {0};

    for (unsigned i = 0; i < LU_NAME_MAX - 1 && name[i]; i++)
        padded[i] = name[i];
    return sys_call3(LU_SYS_LOOKUP, LU_ADDR(padded), 0, 0);
}
static inline int sys_self(struct lu_self *ret_self)
{
    return (int)sys_call3(LU_SYS_SELF, LU_ADDR(ret_self), 0, 0);
}

/* grants */
static inline int sys_grant_new(lu_ep to, const void *addr, size_t len, uint32_t access)
{
    return (int)sys_call4(LU_SYS_GRANT_NEW, to, LU_ADDR(addr), len, access);
}
static inline int sys_grant_end(uint32_t id)
{
    return (int)sys_call3(LU_SYS_GRANT_END, id, 0, 0);
}
static inline int sys_grant_copy(const struct lu_grant_copy *copy)
{
    return (int)sys_call3(LU_SYS_GRANT_COPY, LU_ADDR(copy), 0, 0);
}
/* The two directions of sys_grant_copy. */
static inline int sys_grant_read(lu_ep granter, uint32_t id, uint64_t offset, void *buf, size_t len)
{
    struct lu_grant_copy c = {
        .granter = granter, .id = id, .offset = offset, .local = LU_ADDR(buf), .len = len};

    return sys_grant_copy(&c);
}
static inline int sys_grant_write(lu_ep granter, uint32_t id, uint64_t offset, const void *buf,
                                  size_t len)
{
    struct lu_grant_copy c = {.granter = granter,
                              .id = id,
                              .offset = offset,
                              .local = LU_ADDR(buf),
                              .len = len,
                              .to_grant = 1};

    return sys_grant_copy(&c);
}

/* own memory */
static inline int sys_mem_map(uint64_t addr, size_t len, uint32_t prot)
{
    return (int)sys_call3(LU_SYS_MEM_MAP, addr, len, prot);
}
static inline int sys_mem_unmap(uint64_t addr, size_t len)
{
    return (int)sys_call3(LU_SYS_MEM_UNMAP, addr, len, 0);
}

/* devices */
static inline int sys_dma_alloc(size_t len, struct lu_dma *ret_dma)
{
    return (int)sys_call3(LU_SYS_DMA_ALLOC, len, LU_ADDR(ret_dma), 0);
}
static inline int sys_dma_free(uint64_t va)
{
    return (int)sys_call3(LU_SYS_DMA_FREE, va, 0, 0);
}
/* Address of the mapping in the MMIO window, or -LU_E... */
static inline long sys_mmio_map(uint64_t phys, size_t len)
{
    return sys_call3(LU_SYS_MMIO_MAP, phys, len, 0);
}
static inline long sys_port_in(uint16_t port, unsigned width)
{
    return sys_call3(LU_SYS_PORT_IN, port, width, 0);
}
static inline int sys_port_out(uint16_t port, unsigned width, uint32_t value)
{
    return (int)sys_call3(LU_SYS_PORT_OUT, port, width, value);
}
static inline int sys_irq_attach(unsigned irq, unsigned bit)
{
    return (int)sys_call3(LU_SYS_IRQ_ATTACH, irq, bit, 0);
}
static inline int sys_irq_ack(unsigned irq)
{
    return (int)sys_call3(LU_SYS_IRQ_ACK, irq, 0, 0);
}

/* time and diagnostics */
static inline uint64_t sys_clock(void)
{
    return (uint64_t)sys_call3(LU_SYS_CLOCK, 0, 0, 0);
}
static inline int sys_alarm(uint64_t abs_ns)
{
    return (int)sys_call3(LU_SYS_ALARM, abs_ns, 0, 0);
}
static inline int sys_log(const char *text, size_t len)
{
    return (int)sys_call3(LU_SYS_LOG, LU_ADDR(text), len, 0);
}
static inline int sys_trace(uint64_t a, uint64_t b)
{
    return (int)sys_call3(LU_SYS_TRACE, a, b, 0);
}
_Noreturn static inline void sys_exit(int code)
{
    sys_call3(LU_SYS_EXIT, (uint64_t)(int64_t)code, 0, 0);
    __builtin_trap();
}
/* Ends with a reason that the supervisor and the agent are told. */
_Noreturn static inline void sys_exit_because(int code, const char *text, size_t len)
{
    sys_call3(LU_SYS_EXIT, (uint64_t)(int64_t)code, LU_ADDR(text), len);
    __builtin_trap();
}
static inline int sys_random(void *buf, size_t len)
{
    return (int)sys_call3(LU_SYS_RANDOM, LU_ADDR(buf), len, 0);
}

/* live update, as the component sees it */
static inline int sys_prepare_info(struct lu_prepare *ret_prepare)
{
    return (int)sys_call3(LU_SYS_PREPARE_INFO, LU_ADDR(ret_prepare), 0, 0);
}
static inline int sys_prepare_say(uint32_t state, uint64_t detail)
{
    return (int)sys_call3(LU_SYS_PREPARE_SAY, state, detail, 0);
}
static inline int sys_park(void)
{
    return (int)sys_call3(LU_SYS_PARK, 0, 0, 0);
}
static inline int sys_view_read(uint64_t old_va, void *buf, size_t len)
{
    return (int)sys_call3(LU_SYS_VIEW_READ, old_va, LU_ADDR(buf), len);
}
static inline int sys_view_info(struct lu_view_info *ret_info)
{
    return (int)sys_call3(LU_SYS_VIEW_INFO, LU_ADDR(ret_info), 0, 0);
}
static inline int sys_regrant(uint32_t id, uint64_t new_addr)
{
    return (int)sys_call3(LU_SYS_REGRANT, id, new_addr, 0);
}
static inline int sys_upd_report(const struct lu_upd_report *report)
{
    return (int)sys_call3(LU_SYS_UPD_REPORT, LU_ADDR(report), 0, 0);
}

/* process and update management */
static inline long sys_proc_create(const char name[LU_NAME_MAX], const struct lu_rights *rights)
{
    return sys_call3(LU_SYS_PROC_CREATE, LU_ADDR(name), LU_ADDR(rights), 0);
}
static inline int sys_proc_map(lu_ep ep, uint64_t va, size_t len, uint32_t prot)
{
    return (int)sys_call4(LU_SYS_PROC_MAP, ep, va, len, prot);
}
static inline int sys_proc_write(lu_ep ep, uint64_t va, const void *buf, size_t len)
{
    return (int)sys_call4(LU_SYS_PROC_WRITE, ep, va, LU_ADDR(buf), len);
}
static inline int sys_proc_start(lu_ep ep, uint64_t entry, uint32_t start,
                                 const uint8_t build_id[LU_BUILD_ID_SIZE])
{
    return (int)sys_call4(LU_SYS_PROC_START, ep, entry, start, LU_ADDR(build_id));
}
static inline int sys_proc_kill(lu_ep ep)
{
    return (int)sys_call3(LU_SYS_PROC_KILL, ep, 0, 0);
}
static inline long sys_proc_restart(lu_ep ep)
{
    return sys_call3(LU_SYS_PROC_RESTART, ep, 0, 0);
}
static inline int sys_proc_rights(lu_ep ep, const struct lu_rights *rights)
{
    return (int)sys_call3(LU_SYS_PROC_RIGHTS, ep, LU_ADDR(rights), 0);
}
static inline int sys_proc_wait(struct lu_exit *ret_exit)
{
    return (int)sys_call3(LU_SYS_PROC_WAIT, LU_ADDR(ret_exit), 0, 0);
}
static inline int sys_proc_info(lu_ep ep, struct lu_proc_info *ret_info)
{
    return (int)sys_call3(LU_SYS_PROC_INFO, ep, LU_ADDR(ret_info), 0);
}
static inline int sys_prepare(lu_ep ep, const struct lu_prepare *prepare)
{
    return (int)sys_call3(LU_SYS_PREPARE, ep, LU_ADDR(prepare), 0);
}
static inline int sys_unprepare(lu_ep ep)
{
    return (int)sys_call3(LU_SYS_UNPREPARE, ep, 0, 0);
}
static inline int sys_view_grant(lu_ep old, lu_ep new_)
{
    return (int)sys_call3(LU_SYS_VIEW_GRANT, old, new_, 0);
}
static inline int sys_upd(const struct lu_pair *pairs, unsigned n)
{
    return (int)sys_call3(LU_SYS_UPD, LU_ADDR(pairs), n, 0);
}
static inline int sys_clock_set(uint64_t ns)
{
    return (int)sys_call3(LU_SYS_CLOCK_SET, ns, 0, 0);
}
static inline int sys_entropy(const void *buf, size_t len)
{
    return (int)sys_call3(LU_SYS_ENTROPY, LU_ADDR(buf), len, 0);
}
static inline int sys_kmem_info(struct lu_kmem_info *ret_info)
{
    return (int)sys_call3(LU_SYS_KMEM_INFO, LU_ADDR(ret_info), 0, 0);
}
static inline int sys_archive_map(struct lu_map *ret_map)
{
    return (int)sys_call3(LU_SYS_ARCHIVE_MAP, LU_ADDR(ret_map), 0, 0);
}
