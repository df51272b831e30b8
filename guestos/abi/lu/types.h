/* SPDX-License-Identifier: MIT
 *
 * Basic types, error codes and limits that every part of Protean shares: the
 * kernel, the components, the state engine and the host agent.  Includes only
 * <std*.h>.  Everything in guestos/abi is little-endian, x86-64, and must not
 * change meaning without a change of LU_ABI_VERSION.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define LU_ABI_VERSION 2u

/* An endpoint names a process slot of the kernel together with the slot's
 * generation: bits 0..9 are the slot, bits 10..31 the generation (from 1).  A
 * restarted or reused slot has a new generation, so a stale endpoint is
 * noticed (-LU_EDEAD).  A live update keeps the endpoint. */
typedef uint32_t lu_ep;

#define LU_SLOT_BITS 10u
#define LU_MAX_SLOTS 64u
#define LU_EP(slot, gen) ((lu_ep)((gen) << LU_SLOT_BITS | (slot)))
#define LU_EP_SLOT(ep) ((ep) & ((1u << LU_SLOT_BITS) - 1u))
#define LU_EP_GEN(ep) ((ep) >> LU_SLOT_BITS)
#define LU_EP_NONE ((lu_ep)0)
#define LU_EP_KERNEL ((lu_ep)0xfffffffeu) /* source of kernel notifications */
#define LU_EP_ANY ((lu_ep)0xffffffffu)    /* receive from anybody */

#define LU_NAME_MAX 16u      /* component name with its NUL */
#define LU_BUILD_ID_SIZE 20u /* ld.lld --build-id=sha1 */
#define LU_PAGE_SIZE 4096u

/* Error codes, returned negated.  X(name, number, what a reader is told). */
#define LU_ERRORS(X)                                                                               \
    X(EPERM, 1, "not permitted by the manifest")                                                   \
    X(ENOENT, 2, "no such object")                                                                 \
    X(EINTR, 4, "interrupted")                                                                     \
    X(EIO, 5, "input/output error")                                                                \
    X(EAGAIN, 11, "would block, or a queue is full")                                               \
    X(ENOMEM, 12, "out of memory")                                                                 \
    X(EFAULT, 14, "bad address")                                                                   \
    X(EBUSY, 16, "busy")                                                                           \
    X(EEXIST, 17, "exists already")                                                                \
    X(EINVAL, 22, "invalid argument")                                                              \
    X(ENOSPC, 28, "no space left")                                                                 \
    X(ERANGE, 34, "out of range")                                                                  \
    X(ENOSYS, 38, "no such call")                                                                  \
    X(EPROTO, 71, "protocol error")                                                                \
    X(EBADMSG, 74, "malformed message")                                                            \
    X(EDEAD, 101, "endpoint is dead or stale")                                                     \
    X(EDEADLOCK, 102, "would deadlock")                                                            \
    X(ETIMEDOUT, 110, "timed out")                                                                 \
    X(ECANCELED, 125, "cancelled")                                                                 \
    X(EFORMAT, 130, "malformed image or description")                                              \
    X(EMISMATCH, 131, "types do not match and no rule applies")                                    \
    X(ELOSS, 132, "a value would be lost")                                                         \
    X(ETARGET, 133, "pointer to an unknown target")                                                \
    X(EAMBIGUOUS, 134, "ambiguous pointer or union")                                               \
    X(ECRASH, 135, "component crashed")                                                            \
    X(ELIMIT, 136, "a bound was exceeded")                                                         \
    X(EINVARIANT, 137, "an invariant does not hold")

enum lu_error {
#define LU_X(name, num, text) LU_##name = num,
    LU_ERRORS(LU_X)
#undef LU_X
};

/* Virtual address windows of a component.  All lie below 2 GiB, so that a
 * pointer kept in an `int` (PXFER) still fits.  DMA and MMIO objects belong to
 * the endpoint and have the same address in every version of a component. */
#define LU_VA_IMAGE 0x00400000ull
#define LU_VA_IMAGE_END 0x10000000ull
#define LU_VA_HEAP 0x10000000ull
#define LU_VA_HEAP_END 0x50000000ull
#define LU_VA_HEAPMETA 0x50000000ull /* struct lu_heap (lu/heap.h), page table of the heap */
#define LU_VA_HEAPMETA_END 0x54000000ull
#define LU_VA_DMA 0x54000000ull
#define LU_VA_DMA_END 0x5c000000ull
#define LU_VA_MMIO 0x5c000000ull
#define LU_VA_MMIO_END 0x64000000ull
#define LU_VA_MAP 0x64000000ull /* kernel-chosen addresses: views, archive, scratch */
#define LU_VA_MAP_END 0x7f000000ull
#define LU_VA_STACK_TOP 0x7ffff000ull /* grows down; 64 KiB mapped below it, then a guard */
#define LU_STACK_SIZE 0x10000u
