/* SPDX-License-Identifier: MIT
 *
 * The message: what IPC carries.  Fixed size, copied by the kernel.  Bulk data
 * goes through grants.  `source` is written by the kernel on receipt and can
 * be trusted; everything else comes from the peer and cannot.
 */
#pragma once

#include <lu/types.h>

struct lu_msg {
    lu_ep source;    /* set by the kernel when received */
    uint32_t type;   /* LU_MSG_* of a protocol header; bits 24..31 name the protocol */
    int32_t status;  /* replies: 0 or -LU_E... */
    uint32_t flags;  /* LU_MSGF_*, set by the kernel */
    uint64_t arg[8]; /* as the message type says */
};
_Static_assert(sizeof(struct lu_msg) == 80, "lu_msg is ABI");

#define LU_MSGF_CALL 1u   /* sender is blocked in sendrec and wants a reply */
#define LU_MSGF_NOTIFY 2u /* kernel or peer notification: arg[0] = bits, type LU_MSG_NOTIFY */

/* Protocol numbers (message type = protocol << 24 | number). */
enum lu_proto {
    LU_PROTO_KERNEL = 0,
    LU_PROTO_UPDATE = 1,  /* lu/update.h */
    LU_PROTO_PCI = 2,     /* lu/pci.h */
    LU_PROTO_NIC = 3,     /* lu/nic.h */
    LU_PROTO_NET = 4,     /* lu/net.h */
    LU_PROTO_CHANNEL = 5, /* lu/chan.h: component side of the channel driver */
};
#define LU_MSG(proto, n) ((uint32_t)(proto) << 24 | (n))

#define LU_MSG_NOTIFY LU_MSG(LU_PROTO_KERNEL, 1)

/* Notification bits (arg[0]) from LU_EP_KERNEL.  IRQ bits are chosen by the
 * driver when it attaches (bits 0..15). */
#define LU_NOTE_IRQ(n) (1ull << (n))
#define LU_NOTE_ALARM (1ull << 16)   /* the alarm set by sys_alarm went off */
#define LU_NOTE_CHILD (1ull << 17)   /* supervisor: sys_proc_wait has news */
#define LU_NOTE_PEER (1ull << 18)    /* a peer named in the manifest was restarted */
#define LU_NOTE_PREPARE (1ull << 19) /* an update asks for the update point: sys_prepare_info */
#define LU_NOTE_PARKED (1ull << 20)  /* update server: a component parked or gave a new report */
#define LU_NOTE_USER(n) (1ull << (32 + (n))) /* sys_notify from a peer: bits 32..63 only */
