/* SPDX-License-Identifier: MIT
 *
 * Inside the guest: the channel driver and the update server.  The driver moves
 * bytes and knows nothing of frames; the server parses them.
 */
#pragma once

#include <lu/msg.h>

/* update -> channel, sendrec: attach; arg[0] = grant id of a buffer the driver
 * fills with received bytes, arg[1] = its size, arg[2] = grant id of the
 * transmit buffer, arg[3] = its size.  Reply: 0. */
#define LU_CHAN_ATTACH LU_MSG(LU_PROTO_CHANNEL, 1)
/* channel -> update, post: arg[0] = bytes now in the receive buffer.  The buffer
 * is the server's until it posts LU_CHAN_RX_DONE. */
#define LU_CHAN_RX LU_MSG(LU_PROTO_CHANNEL, 2)
/* update -> channel, post: receive buffer is free again. */
#define LU_CHAN_RX_DONE LU_MSG(LU_PROTO_CHANNEL, 3)
/* update -> channel, sendrec: arg[0] = bytes to send from the transmit buffer.
 * Reply when the driver has copied them. */
#define LU_CHAN_TX LU_MSG(LU_PROTO_CHANNEL, 4)
