/* SPDX-License-Identifier: MIT
 *
 * Inside the guest: the channel driver and the update server.  The driver moves
 * bytes and knows nothing of frames; the server parses them.  Everything is
 * posted, so that neither ever waits for the other.
 */
#pragma once

#include <lu/msg.h>

/* update -> channel: arg[0] = grant id of a buffer that the driver fills with
 * received bytes, arg[1] = its size, arg[2] = grant id of the transmit buffer,
 * arg[3] = its size.  Only the supervisor may attach; the latest one counts. */
#define LU_CHAN_ATTACH LU_MSG(LU_PROTO_CHANNEL, 1)
/* channel -> update: arg[0] = bytes now in the receive buffer.  The buffer is the
 * server's until it posts LU_CHAN_RX_DONE. */
#define LU_CHAN_RX LU_MSG(LU_PROTO_CHANNEL, 2)
/* update -> channel: receive buffer is free again. */
#define LU_CHAN_RX_DONE LU_MSG(LU_PROTO_CHANNEL, 3)
/* update -> channel: arg[0] = bytes to send from the transmit buffer.  The buffer
 * is the driver's until it posts LU_CHAN_TX_DONE: all bytes are on their way. */
#define LU_CHAN_TX LU_MSG(LU_PROTO_CHANNEL, 4)
/* channel -> update: transmit buffer is free again; status = 0 or -LU_E... */
#define LU_CHAN_TX_DONE LU_MSG(LU_PROTO_CHANNEL, 5)
