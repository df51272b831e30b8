/* SPDX-License-Identifier: MIT
 *
 * NIC driver <-> net.  Everything is posted (asynchronous), so that both can
 * stand at their update points at the same time.  Net owns two areas of
 * `slots` x `slot_size` bytes and grants them to the driver for as long as both
 * live: the TX area (driver reads) and the RX area (driver writes).  A slot is
 * owned by exactly one side at a time:
 *
 *   TX slot: net's  -- LU_NIC_TX -->  driver's  -- LU_NIC_TX_DONE -->  net's
 *   RX slot: net's  -- LU_NIC_RX_CREDIT -->  driver's  -- LU_NIC_RX -->  net's
 *
 * After LU_NIC_ATTACH all slots are net's.  The four messages have the same
 * layout: arg[0] = n, 1..LU_NIC_BATCH, arg[1..n] = LU_NIC_FRAME(slot, len); len
 * counts from the destination address of the Ethernet frame, no FCS.  A message
 * that breaks the rules (slot out of range, owned by the other side, len too
 * long) is dropped entry by entry and counted; it harms nobody else.
 *
 * A post that fails with -LU_EAGAIN stays queued at the sender, which tries
 * again.  When the driver restarts, net gets LU_NOTE_PEER (or -LU_EDEAD), takes
 * all slots back, ends its grants and attaches again.  When net restarts its
 * new endpoint attaches; the driver forgets the old one.
 */
#pragma once

#include <lu/msg.h>

#define LU_NIC_SLOT_SIZE 1536u
#define LU_NIC_MAX_SLOTS 128u
#define LU_NIC_BATCH 7u
#define LU_NIC_FRAME(slot, len) ((uint64_t)(len) << 32 | (uint32_t)(slot))
#define LU_NIC_FRAME_SLOT(word) ((uint32_t)(word))
#define LU_NIC_FRAME_LEN(word) ((uint32_t)((word) >> 32))

/* net -> driver: arg[0] = grant id of the TX area, arg[1] = grant id of the RX
 * area, arg[2] = slots in each (1..LU_NIC_MAX_SLOTS), arg[3] = slot size
 * (LU_NIC_SLOT_SIZE), arg[4] = cookie. */
#define LU_NIC_ATTACH LU_MSG(LU_PROTO_NIC, 1)
/* driver -> net: status; arg[0] = MAC address (first byte lowest), arg[1] = 1 if
 * the link is up, arg[2] = MTU, arg[3] = the cookie. */
#define LU_NIC_ATTACHED LU_MSG(LU_PROTO_NIC, 2)

#define LU_NIC_TX LU_MSG(LU_PROTO_NIC, 3)        /* net -> driver: send these */
#define LU_NIC_TX_DONE LU_MSG(LU_PROTO_NIC, 4)   /* driver -> net: sent; len is not used */
#define LU_NIC_RX LU_MSG(LU_PROTO_NIC, 5)        /* driver -> net: received */
#define LU_NIC_RX_CREDIT LU_MSG(LU_PROTO_NIC, 6) /* net -> driver: may be filled; len not used */
#define LU_NIC_LINK LU_MSG(LU_PROTO_NIC, 7)      /* driver -> net: arg[0] = 1 up, 0 down */

/* Standing still for a live update.  A driver that parks while net waits for a
 * LU_NIC_TX_DONE would keep net from parking, so the two agree first:
 *   QUIET    driver -> net: I am to park; hand over nothing more until my GO.
 *            net -> driver: I have begun to.  The driver parks when it has this answer
 *            and all of the frames that it was handed are done.
 *   GO       driver -> net: I am not to park, or not any more.  arg[0] = transaction
 *            of a LU_NIC_PARKING that this answers, or 0.
 *   PARKING  net -> driver: I am to park for transaction arg[0]; are you?  The driver
 *            answers with QUIET or GO.  Net parks when it has that, and has answered a QUIET. */
#define LU_NIC_QUIET LU_MSG(LU_PROTO_NIC, 8)
#define LU_NIC_GO LU_MSG(LU_PROTO_NIC, 9)
#define LU_NIC_PARKING LU_MSG(LU_PROTO_NIC, 10)
